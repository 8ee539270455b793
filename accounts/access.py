"""Which pages open for whom."""

from functools import wraps

from django.core.exceptions import PermissionDenied

from accounts.models import Role
from core.access import signed_in


def for_roles(*roles: Role):
    """Open a page to these roles alone; others get the 403 page, the signed-out the way to sign in."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if request.user.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return signed_in(guarded)

    return decorate
