"""The directory as a file: CSV for machines, Excel for people, the columns of the list in both."""

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

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from alerts.models.warnings import Severity
from banking.portal.directory_form import DirectoryForm
from banking.selectors.directory import DirectoryRow, directory_rows, matching_ids
from core import audit
from core.api.limits import stay_within
from core.dates import JAKARTA, business_day
from core.formats import jam, tanggal
from core.jobs import start_job
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
from scoring.models import RiskBand

_BANDS, _SEVERITIES = dict(RiskBand.choices), dict(Severity.choices)


@dataclass(frozen=True)
class Export:
    """One list of merchants taken home: by whom, when, of which filters, in which order."""

    user: User
    form: DirectoryForm
    shape: str
    now: datetime

    @property
    def ids(self) -> list[int]:
        return matching_ids(
            self.user,
            wanted=self.form.wanted(self.now),
            **self.form.sorting,
            now=self.now,
        )

    @property
    def file_name(self) -> str:
        return f"merchant-{business_day(self.now)}.{self.shape}"

    def lines(self, ids: Sequence[int]) -> Iterator[list[Any]]:
        """Yield who took this and when, the heads, and a line per merchant."""
        yield [f"Saksama · {_('Merchants')}"]
        yield [
            _("Taken by %(person)s (%(bank)s) on %(day)s, %(time)s")
            % {
                "person": self.user.full_name,
                "bank": self.user.organisation.name,
                "day": tanggal(self.now),
                "time": jam(self.now),
            }
        ]
        yield _heads()
        for start in range(0, len(ids), ROWS_PER_STATEMENT):
            some = ids[start : start + ROWS_PER_STATEMENT]
            yield from map(_cells, directory_rows(self.user, ids=some, now=self.now))


@require_POST
@for_roles(*BANK_ROLES)
def export(request: HttpRequest) -> HttpResponse:
    """The merchants of the present filters as a file: at once, or, when they are many, as a job."""
    stay_within(scope="heavy", caller=str(request.user.code))
    query = request.GET.dict() | {"bentuk": request.POST.get("bentuk", CSV)}
    made = asked(request.user, query, now=timezone.now())
    ids = made.ids
    if len(ids) > AT_ONCE:
        return _as_job(made)
    record_export(made, rows=len(ids), address=client_address(request))
    lines = made.lines(ids)
    return sent(lines, shape=made.shape, name=made.file_name, title=_("Merchants"))


def asked(user: User, query, *, now: datetime) -> Export:
    """Read what is wanted. Raises InvalidInput."""
    form = DirectoryForm(query)
    form.check()
    return Export(user=user, form=form, shape=shape_of(query), now=now)


def _as_job(made: Export) -> HttpResponse:
    job = start_job(
        kind="banking.export_merchants",
        owner=made.user,
        parameters={"query": made.form.kept | {"bentuk": made.shape}},
        back=reverse("banking:merchants"),
        now=made.now,
    )
    return redirect("jobs:detail", job.code)


def file_of_job(*, job_id: int, made: Export) -> tuple[BinaryIO, int]:
    """Write the file of a job, telling how far it is; return it with the number of merchants."""
    ids = made.ids
    record_export(made, rows=len(ids))
    lines = telling(made.lines(ids), job_id=job_id, total=len(ids))
    return written(lines, shape=made.shape, title=_("Merchants")), len(ids)


def record_export(made: Export, *, rows: int, address: str | None = None) -> None:
    """Write down who took which merchants home."""
    audit.record(
        "merchants.exported",
        now=made.now,
        by=made.user,
        address=address,
        filters=made.form.told,
        shape=made.shape,
        rows=rows,
    )


# ── What a file says ───────────────────────────────────────────────────────────────────


def _heads() -> list[str]:
    return [
        _("Merchant"),
        _("Merchant ID"),
        _("City"),
        _("Category"),
        _("Score"),
        _("Risk"),
        _("Proposed limit"),
        _("Revenue, 30 days"),
        _("Refund rate (%)"),
        _("Open warnings"),
        _("Gravest warning"),
        _("Running loans"),
        _("Outstanding principal"),
        _("Updated"),
    ]


def _cells(row: DirectoryRow) -> list[Any]:
    refunds = row.refund_percent
    return [
        *map(as_text, (row.company_name, row.code, row.city, row.category)),
        row.points,
        str(_BANDS.get(row.risk_band, "")),
        row.max_limit,
        row.revenue,
        None if refunds is None else round(refunds, 2),
        row.warnings,
        str(_SEVERITIES.get(row.worst_severity, "")),
        row.loans,
        row.outstanding,
        row.as_of.astimezone(JAKARTA).replace(tzinfo=None, microsecond=0) if row.as_of else None,
    ]
