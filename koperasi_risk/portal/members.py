"""The members of the koperasi: look through them, take them home."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from banking.portal.exports import CONTENT_TYPES, CSV, as_text, csv_lines, xlsx_file
from core import audit
from core.api.limits import stay_within
from core.errors import InvalidCursor, InvalidInput
from core.formats import jam, tanggal
from core.request_context import client_address
from core.tenancy import tenant_scope
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.models import Tenant
from koperasi_risk.portal.member_filters import MemberFilterForm
from koperasi_risk.portal.words import DECISIONS
from koperasi_risk.selectors.members import (
    MemberPage,
    MemberRow,
    matching_ids,
    member_page,
    member_rows,
)

ROWS = 50
ROWS_PER_STATEMENT = 500


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


# ── As a file ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Export:
    """The members of some filters, taken home by somebody; never with an identity number."""

    tenant: Tenant
    user: User
    now: datetime

    def lines(self, ids: Sequence[int]) -> Iterator[list[Any]]:
        """Yield who took this and when, the heads, and a line per member."""
        yield [f"Saksama · {self.tenant}"]
        words = {"person": self.user.full_name, "day": tanggal(self.now), "time": jam(self.now)}
        yield [_("Taken by %(person)s on %(day)s, %(time)s") % words]
        yield _heads()
        today = self.tenant.today(self.now)
        for start in range(0, len(ids), ROWS_PER_STATEMENT):
            some = ids[start : start + ROWS_PER_STATEMENT]
            # The request's own transaction is over when its answer is sent.
            with tenant_scope(self.tenant.pk):
                rows = member_rows(self.tenant, ids=some, today=today)
            yield from map(_cells, rows)


@require_POST
@for_seats(*STAFF)
def export(request: HttpRequest) -> HttpResponse:
    """The members of the present filters as a file."""
    stay_within(scope="heavy", caller=str(request.user.code))
    form, shape = MemberFilterForm(request.GET), request.POST.get("bentuk", CSV)
    if not form.is_valid() or shape not in CONTENT_TYPES:
        raise InvalidInput(fields={name: texts[0] for name, texts in form.errors.items()})
    tenant, now = request.seat.tenant, timezone.now()
    ids = matching_ids(tenant, wanted=form.wanted, today=tenant.today(now), **form.sorting)
    _record(request, form, shape=shape, rows=len(ids), now=now)
    lines = Export(tenant, request.user, now).lines(ids)
    headers = {"Content-Disposition": f'attachment; filename="anggota-{tenant.today(now)}.{shape}"'}
    if shape == CSV:
        return StreamingHttpResponse(
            csv_lines(lines), content_type=CONTENT_TYPES[CSV], headers=headers
        )
    file = xlsx_file(lines, title=_("Members"))
    return FileResponse(file, content_type=CONTENT_TYPES[shape], headers=headers)


def _record(request, form: MemberFilterForm, *, shape: str, rows: int, now: datetime) -> None:
    audit.record(
        "koperasi.members_exported",
        now=now,
        by=request.user,
        subject=request.seat.tenant.organisation,
        address=client_address(request),
        filters=form.told,
        shape=shape,
        rows=rows,
    )


def _heads() -> list[str]:
    return [
        _("Member number"),
        _("Full name"),
        _("Status"),
        _("Score"),
        _("Decision"),
        _("To be scored anew"),
        _("Override"),
        _("Override until"),
        _("Collectability"),
        _("Days past due"),
        _("Outstanding"),
        _("Scored"),
    ]


def _cells(row: MemberRow) -> list[Any]:
    member, facts, override = row.member, row.facts, row.override
    return [
        as_text(member.number),
        as_text(member.full_name),
        str(member.get_status_display()),
        row.score,
        str(DECISIONS.get(row.decision, "")),
        _("yes") if row.is_stale else "",
        str(DECISIONS[override.went_to]) if override else "",
        override and override.valid_until,
        facts and facts.collectability,
        facts and facts.days_past_due,
        facts and facts.outstanding,
        row.computed_at and timezone.localtime(row.computed_at).replace(tzinfo=None, microsecond=0),
    ]
