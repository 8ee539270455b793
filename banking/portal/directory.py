"""The merchants that consented: look through them, take them home, set some side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from banking.models import SavedFilter
from banking.portal.directory_form import DirectoryForm
from banking.portal.saved_filters import saved_context
from banking.selectors.directory import DirectoryRow, directory_page
from core.charts import sparkline
from core.errors import InvalidCursor

ROWS = 50


@require_GET
@for_roles(*BANK_ROLES)
def merchants(request: HttpRequest) -> HttpResponse:
    """The directory, best score first; its filters are its address. htmx gets the table alone."""
    form = DirectoryForm(request.GET)
    context = {"form": form, "is_fragment": bool(request.htmx), "path": request.path}
    if form.is_valid():
        context |= _found(request, form)
    template = "banking/merchants/_table.html" if request.htmx else "banking/merchants/list.html"
    response = render(request, template, context)
    if request.htmx:
        response["HX-Push-Url"] = _address(request, form, context.get("cursor"))
    return response


def _found(request: HttpRequest, form: DirectoryForm) -> dict:
    cursor = request.GET.get("setelah") or None
    try:
        page = _page(request.user, form, cursor=cursor)
    except InvalidCursor:
        # An old address still leads to the list.
        cursor = None
        page = _page(request.user, form, cursor=None)
    return {
        "found": page,
        "rows": list(map(_shown, page.rows)),
        "cursor": cursor,
        "chips": form.chips(request.path),
        "columns": _columns(),
        "saved_list": saved_context(
            request.user,
            page=SavedFilter.Page.MERCHANTS,
            path=request.path,
            query=form.query,
        ),
    }


def _page(user: User, form: DirectoryForm, *, cursor: str | None):
    now = timezone.now()
    return directory_page(
        user,
        wanted=form.wanted(now),
        **form.sorting,
        limit=ROWS,
        now=now,
        cursor=cursor,
    )


def _shown(row: DirectoryRow) -> dict:
    return {"row": row, "line": sparkline(row.weeks, 84, 24)}


def _columns() -> list[dict]:
    return [
        {"label": _("Merchant"), "below": _("City, category"), "key": "nama"},
        {"label": _("Score"), "key": "skor", "first": "-"},
        {
            "label": _("Revenue, 30 days"),
            "below": _("Proposed limit"),
            "key": "omzet",
            "first": "-",
            "kind": "number",
        },
        {"label": _("Refunds"), "kind": "number"},
        {"label": _("Warnings")},
        {"label": _("Running loan"), "kind": "number"},
        {"label": _("Updated"), "key": "diperbarui", "first": "-"},
    ]


def _address(request: HttpRequest, form: DirectoryForm, cursor: str | None) -> str:
    if not form.is_valid():
        return request.get_full_path()
    query = "&".join(filter(None, [form.query, f"setelah={cursor}" if cursor else ""]))
    return f"{request.path}?{query}" if query else request.path
