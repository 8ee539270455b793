"""The way in: everybody's home, and how pages look and speak."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.selectors import home_of
from accounts.services.preferences import CHOICES, save_preferences

TIME_ZONES = {
    "Asia/Jakarta": gettext_lazy("Western Indonesia (WIB)"),
    "Asia/Makassar": gettext_lazy("Central Indonesia (WITA)"),
    "Asia/Jayapura": gettext_lazy("Eastern Indonesia (WIT)"),
}
YEAR = 365 * 86400


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send each role to its own desk."""
    return redirect(home_of(request.user))


@require_GET
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    context = {
        "languages": User._meta.get_field("language").choices,
        "themes": User.Theme.choices,
        "single_keys": User.SingleKeys.choices,
        "time_zones": TIME_ZONES.items(),
    }
    return render(request, "accounts/preferences.html", context)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen of CHOICES: on the person's row, or in this browser before sign-in."""
    chosen = {name: request.POST[name] for name in CHOICES if name in request.POST}
    if any(value not in CHOICES[name] for name, value in chosen.items()):
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        save_preferences(user=request.user, **chosen)
        if "say_so" in request.POST:
            with translation.override(request.user.language):
                messages.success(request, _("Your preferences are saved."))
    response = redirect(_way_back(request))
    if not request.user.is_authenticated:
        names = {"language": settings.LANGUAGE_COOKIE_NAME, "theme": "theme"}
        for name in chosen.keys() & names.keys():
            response.set_cookie(
                names[name],
                chosen[name],
                max_age=YEAR,
                httponly=True,
                samesite="Lax",
                secure=settings.SECURE,
            )
    return response


def _way_back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Without its slash it would be taken for the name of a view.
    return target if is_ours and target.startswith("/") else "home"
