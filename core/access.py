"""Which pages open for the signed-in."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse


def signed_in(view):
    """Show the signed-out the way to sign in; to htmx, which asks for a piece of a page, on the whole page."""
    behind_the_door = login_required(view)

    @wraps(view)
    def whole(request, *args, **kwargs):
        if request.htmx and not request.user.is_authenticated:
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        return behind_the_door(request, *args, **kwargs)

    return whole
