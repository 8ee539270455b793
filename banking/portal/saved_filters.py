"""Keep and forget the filters of a list; the three lists with filters share this."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from banking.models import SavedFilter
from banking.selectors.saved_filters import saved_filters
from banking.services.saved_filters import (
    FilterNotFound,
    forget_filter,
    kept_query,
    save_filter,
)
from core.api.limits import stay_within
from core.errors import Refusal

_LISTS = {
    SavedFilter.Page.MERCHANTS: "banking:merchants",
    SavedFilter.Page.WARNINGS: "banking:warnings",
    SavedFilter.Page.APPLICATIONS: "banking:applications",
}


def saved_context(user: User, *, page: str, path: str, query: str) -> dict:
    """Return what `components/saved_filters.html` needs, for the page of a list."""
    return {
        "saved": list(saved_filters(user, page=page)),
        "page": page,
        "path": path,
        "query": kept_query(query),
    }


@require_POST
@for_roles(*BANK_ROLES)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of a list under a name."""
    stay_within(scope="write", caller=str(request.user.code))
    try:
        kept = save_filter(
            by=request.user,
            page=request.POST.get("page", ""),
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
            is_shared=bool(request.POST.get("is_shared")),
            now=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The filter “%(name)s” is kept.") % {"name": kept.name})
    return _back(request)


@require_POST
@for_roles(*BANK_ROLES)
def forget(request: HttpRequest) -> HttpResponse:
    """Forget one of one's own filters."""
    wanted = request.POST.get("filter", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        raise FilterNotFound()
    forgotten = forget_filter(by=request.user, pk=int(wanted))
    messages.success(request, _("The filter “%(name)s” is forgotten.") % {"name": forgotten.name})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """Return to the list, and never to another house."""
    address = request.POST.get("next", "")
    if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return redirect(address)
    return redirect(_LISTS.get(request.POST.get("page"), "banking:merchants"))
