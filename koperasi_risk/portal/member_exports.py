"""The members of some filters as a file, never with an identity number: CSV for machines, Excel for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from core import audit
from core.api.limits import stay_within
from core.errors import NotAllowed
from core.formats import jam, tanggal
from core.jobs import start_job
from core.models import Job
from core.portal.files import (
    AT_ONCE,
    CSV,
    ROWS_PER_STATEMENT,
    as_text,
    sent,
    shape_of,
    telling,
    written,
)
from core.request_context import client_address
from core.tenancy import tenant_scope
from koperasi_risk.access import STAFF, for_seats, seat_of
from koperasi_risk.models import Tenant
from koperasi_risk.portal.member_filters import MemberFilterForm
from koperasi_risk.portal.words import DECISIONS
from koperasi_risk.selectors.members import MemberRow, matching_ids, member_rows

JOB = "koperasi_risk.export_members"


@dataclass(frozen=True)
class Export:
    """One list of members taken home: of which koperasi, by whom, when, of which filters."""

    tenant: Tenant
    user: User
    form: MemberFilterForm
    shape: str
    now: datetime

    @property
    def file_name(self) -> str:
        return f"anggota-{self.tenant.today(self.now)}.{self.shape}"

    def ids(self) -> list[int]:
        """Return whom the filters keep, in order; needs the koperasi's scope."""
        today = self.tenant.today(self.now)
        return matching_ids(self.tenant, wanted=self.form.wanted, today=today, **self.form.sorting)

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
    """The members of the present filters as a file: at once, or, when they are many, as a job."""
    stay_within(scope="heavy", caller=str(request.user.code))
    query = request.GET.dict() | {"bentuk": request.POST.get("bentuk", CSV)}
    made = asked(request.seat.tenant, request.user, query, now=timezone.now())
    ids = made.ids()
    if len(ids) > AT_ONCE and not request.seat.is_visit:
        return _as_job(made)
    record_export(made, rows=len(ids), address=client_address(request))
    lines = made.lines(ids)
    return sent(lines, shape=made.shape, name=made.file_name, title=_("Members"))


def asked(tenant: Tenant, user: User, query, *, now: datetime) -> Export:
    """Read what is wanted. Raises InvalidInput."""
    form = MemberFilterForm(query)
    form.check()
    return Export(tenant, user, form, shape_of(query), now)


def _as_job(made: Export) -> HttpResponse:
    query = made.form.kept | {"bentuk": made.shape}
    job = start_job(
        kind=JOB,
        owner=made.user,
        parameters={"tenant_id": made.tenant.pk, "query": query},
        back=reverse("koperasi_risk:members"),
        now=made.now,
    )
    return redirect("jobs:detail", job.code)


def file_of_job(
    *, job_id: int, tenant_id: int, user: User, query, now: datetime
) -> tuple[BinaryIO, str, int]:
    """
    Write the file of a job, telling how far it is; return it with its name and the number of members.

    Raises NotAllowed for whoever has no place in the koperasi any more.
    """
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
        seat = seat_of(user, tenant)
        if seat is None or not seat.has(*STAFF):
            raise NotAllowed()
        made = asked(tenant, user, query, now=now)
        ids = made.ids()
        record_export(made, rows=len(ids))
    lines = telling(made.lines(ids), job_id=job_id, total=len(ids))
    return written(lines, shape=made.shape, title=_("Members")), made.file_name, len(ids)


def is_open(job: Job) -> bool:
    """Tell whether whoever asked for a job's file works for the koperasi still."""
    tenant_id = job.parameters["tenant_id"]
    person = User.objects.get(code=job.owner_code)
    with tenant_scope(tenant_id):
        seat = seat_of(person, tenant_id)
    return seat is not None and seat.has(*STAFF)


def record_export(made: Export, *, rows: int, address: str | None = None) -> None:
    """Write down who took which members home."""
    audit.record(
        "koperasi.members_exported",
        now=made.now,
        by=made.user,
        subject=made.tenant.organisation,
        address=address,
        filters=made.form.told,
        shape=made.shape,
        rows=rows,
    )


def _heads() -> list[str]:
    return [
        _("Member number"),
        _("API number"),
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
        member.pk,
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
