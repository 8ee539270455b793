"""The members of the koperasi: look through them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.errors import InvalidCursor
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.models import Tenant
from koperasi_risk.portal.member_filters import MemberFilterForm
from koperasi_risk.selectors.members import MemberPage, member_page

ROWS = 50


@require_GET
@for_seats(*STAFF)
def members(request: HttpRequest) -> HttpResponse:
    """The members by name; the filters are the address. htmx gets the table alone."""
    form = MemberFilterForm(request.GET)
    context = {"form": form, "is_fragment": bool(request.htmx), "path": request.path}
    if form.is_valid():
        context |= _found(request, form)
    name = "_table" if request.htmx else "list"
    response = render(request, f"koperasi_risk/members/{name}.html", context)
    if request.htmx:
        response["HX-Push-Url"] = _address(request, form, context.get("cursor"))
    return response


def _found(request: HttpRequest, form: MemberFilterForm) -> dict:
    cursor = request.GET.get("setelah", "")
    try:
        page = _page(request.seat.tenant, form, cursor=cursor)
    except InvalidCursor:
        # An old address still leads to the list.
        cursor = ""
        page = _page(request.seat.tenant, form, cursor="")
    return {
        "found": page,
        "cursor": cursor,
        "chips": form.chips(request.path),
        "columns": _columns(),
    }


def _page(tenant: Tenant, form: MemberFilterForm, *, cursor: str) -> MemberPage:
    return member_page(
        tenant,
        wanted=form.wanted,
        today=tenant.today(timezone.now()),
        limit=ROWS,
        cursor=cursor,
        **form.sorting,
    )


def _columns() -> list[dict]:
    return [
        {"label": _("Member"), "key": "nama"},
        {"label": _("Score"), "key": "skor", "kind": "number"},
        {"label": _("Decision")},
        {"label": _("Collectability")},
        {"label": _("Outstanding"), "kind": "number"},
        {"label": _("Scored"), "key": "dinilai", "first": "-"},
    ]


def _address(request: HttpRequest, form: MemberFilterForm, cursor: str | None) -> str:
    if not form.is_valid():
        return request.get_full_path()
    query = "&".join(filter(None, [form.query, f"setelah={cursor}" if cursor else ""]))
    return f"{request.path}?{query}" if query else request.path
