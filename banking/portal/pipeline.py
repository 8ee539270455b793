"""The bank's applications, stage by stage: as a table or as a board, and as a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from banking.domain import pipeline
from banking.models import LoanApplication, SavedFilter
from banking.portal.filters import ApplicationFilterForm
from banking.portal.saved_filters import saved_context
from banking.portal.steps import steps_of
from banking.selectors.loans import (
    PipelineFilter,
    PipelinePage,
    PipelineRow,
    pipeline_counts,
    pipeline_page,
)
from core import audit
from core.api.limits import stay_within
from core.dates import JAKARTA, business_day
from core.errors import InvalidCursor
from core.formats import jam, tanggal
from core.portal.files import CSV, sent
from core.request_context import client_address
from core.tables import unformulated

ROWS = 50
CARDS = 15
EXPORTED = 5_000


@require_GET
@for_roles(*BANK_ROLES)
def applications(request: HttpRequest) -> HttpResponse:
    """The applications that the filters keep. htmx gets table or board alone."""
    now = timezone.now()
    form = ApplicationFilterForm(request.GET, user=request.user)
    context = {"form": form, "now": now, "is_fragment": bool(request.htmx)}
    if form.is_valid():
        context |= _found(request, form, now=now)
    if request.htmx:
        response = render(request, "banking/applications/_list.html", context)
        response["HX-Push-Url"] = request.get_full_path()
        return response
    context |= saved_context(
        request.user,
        page=SavedFilter.Page.APPLICATIONS,
        path=request.path,
        query=request.META["QUERY_STRING"],
    )
    return render(request, "banking/applications/list.html", context)


def _found(request: HttpRequest, form: ApplicationFilterForm, *, now: datetime) -> dict:
    counts = pipeline_counts(request.user, now=now)
    found = {
        "stages": [_stage(form, status, counts[status]) for status in pipeline.STATUSES],
        "tabs": _tabs(form),
        "is_board": form.cleaned_data["tampilan"] == "papan",
        "views": _views(form),
    }
    if found["is_board"]:
        return found | {"columns": _columns(request.user, form, now=now)}
    return found | _table(request, form, now=now)


def _stage(form: ApplicationFilterForm, status: str, count) -> dict:
    return {
        "status": status,
        "label": LoanApplication.Status(status).label,
        "figures": count,
        "url": f"?{form.query_with(tahap=status)}",
        "is_current": form.cleaned_data["tahap"] == status,
    }


def _tabs(form: ApplicationFilterForm) -> list[dict]:
    """The lists that people open every day."""
    kept = form.cleaned_data
    is_mine, is_late = kept["petugas"] == form.ME, bool(kept["terlambat"])
    ways = [
        (_("All"), {"petugas": "", "terlambat": ""}, not (is_mine or is_late)),
        (_("Mine"), {"petugas": form.ME, "terlambat": ""}, is_mine and not is_late),
        (_("Late"), {"petugas": "", "terlambat": "1"}, is_late and not is_mine),
    ]
    return [
        {"label": label, "url": f"?{form.query_with(**changed)}", "is_current": is_current}
        for label, changed, is_current in ways
    ]


def _views(form: ApplicationFilterForm) -> list[dict]:
    is_board = form.cleaned_data["tampilan"] == "papan"
    return [
        {
            "label": label,
            "icon": symbol,
            "url": f"?{form.query_with(tampilan=name)}",
            "is_current": is_board == (name == "papan"),
        }
        for name, label, symbol in (("", _("Table"), "table"), ("papan", _("Board"), "board"))
    ]


def _table(request: HttpRequest, form: ApplicationFilterForm, *, now: datetime) -> dict:
    cursor = request.GET.get("setelah") or None
    try:
        page = _page(request.user, form, cursor=cursor, now=now, limit=ROWS)
    except InvalidCursor:
        # An old address still leads to the list.
        cursor = None
        page = _page(request.user, form, cursor=None, now=now, limit=ROWS)
    return {
        "rows": page.rows,
        "cursor": cursor,
        "next_cursor": page.next_cursor,
        "sort": form.cleaned_data["urut"],
        "unsorted": form.query_with(urut=""),
    }


def _page(
    user: User, form: ApplicationFilterForm, *, cursor: str | None, now: datetime, limit: int
) -> PipelinePage:
    return pipeline_page(
        user, wanted=form.wanted, limit=limit, cursor=cursor, now=now, sort=form.sort
    )


def _columns(user: User, form: ApplicationFilterForm, *, now: datetime) -> list[dict]:
    """Prepare a column of cards per stage; those that wait for a decision begin with the most urgent."""
    wanted = form.cleaned_data["tahap"]
    statuses = [wanted] if wanted else pipeline.STATUSES
    return [
        {
            "status": status,
            "label": LoanApplication.Status(status).label,
            "url": f"?{form.query_with(tahap=status, tampilan='')}",
            **_cards(user, form, status, now=now),
        }
        for status in statuses
    ]


def _cards(user: User, form: ApplicationFilterForm, status: str, *, now: datetime) -> dict:
    wanted = PipelineFilter(**(vars(form.wanted) | {"status": status}))
    sort = "due" if status in pipeline.WAITING else form.sort
    page = pipeline_page(user, wanted=wanted, limit=CARDS, now=now, sort=sort)
    return {
        "cards": [{"row": row, "steps": steps_of(row.application, user=user)} for row in page.rows],
        "has_more": bool(page.next_cursor),
    }


# ── The list as a file ─────────────────────────────────────────────────────────────────


@require_POST
@for_roles(*BANK_ROLES)
def export(request: HttpRequest) -> HttpResponse:
    """The applications of the present filters as CSV, the newest 5.000 at most."""
    stay_within(scope="heavy", caller=str(request.user.code))
    now, form = timezone.now(), ApplicationFilterForm(request.GET, user=request.user)
    form.check()
    rows = list(_every_row(request.user, form, now=now))
    audit.record(
        "loan_applications.exported",
        now=now,
        by=request.user,
        address=client_address(request),
        # What was searched for may be a person's name.
        filters={name: value for name, value in form.filters.items() if name != "cari"},
        rows=len(rows),
    )
    lines, name = _lines(request.user, rows, now=now), f"pengajuan-{business_day(now)}.csv"
    return sent(lines, shape=CSV, name=name, title="")


def _every_row(user: User, form: ApplicationFilterForm, *, now: datetime) -> Iterator[PipelineRow]:
    cursor, left = None, EXPORTED
    while left > 0:
        page = _page(user, form, cursor=cursor, now=now, limit=min(500, left))
        yield from page.rows
        cursor, left = page.next_cursor, left - len(page.rows)
        if cursor is None:
            return


def _lines(user: User, rows: Sequence[PipelineRow], *, now: datetime) -> Iterator[list[Any]]:
    """Yield who took this and when, the heads, and a line per application."""
    yield [f"Saksama · {_('Loan applications')}"]
    yield [
        _("Taken by %(person)s (%(bank)s) on %(day)s, %(time)s")
        % {
            "person": user.full_name,
            "bank": user.organisation.name,
            "day": tanggal(now),
            "time": jam(now),
        }
    ]
    yield [
        _("No."),
        _("Merchant"),
        _("Merchant ID"),
        _("Limit (Rp)"),
        _("Tenor (months)"),
        _("Interest (% a year)"),
        _("Stage"),
        _("Score then"),
        _("Score now"),
        _("Officer"),
        _("Decision due"),
        _("Approved"),
        _("Disbursed"),
        _("Updated"),
    ]
    yield from map(_cells, rows)


def _cells(row: PipelineRow) -> list[Any]:
    loan = row.application
    return [
        loan.code,
        unformulated(loan.merchant.company_name),
        loan.merchant.code,
        loan.amount,
        loan.tenor_months,
        loan.yearly_rate_percent,
        loan.get_status_display(),
        loan.points_at_application,
        row.points_now,
        unformulated(loan.made_by.full_name),
        _local(loan.due_at),
        loan.approved_amount,
        loan.disbursed_amount,
        _local(loan.updated_at),
    ]


def _local(at: datetime | None) -> str:
    return f"{at.astimezone(JAKARTA):%Y-%m-%d %H:%M}" if at else ""
