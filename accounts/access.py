"""Which pages open for whom."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts.models import Role


def for_roles(*roles: Role):
    """Open a page to these roles alone; others get the 403 page, the signed-out the way to sign in."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if request.user.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        signed_in = login_required(guarded)

        @wraps(view)
        def whole(request, *args, **kwargs):
            if request.htmx and not request.user.is_authenticated:
                # The way to sign in is no piece of a page: the whole page takes it.
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return signed_in(request, *args, **kwargs)

        return whole

    return decorate
