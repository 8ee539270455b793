"""Applications on their way: one, a page of them, and how many stand where."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import (
    Aggregate,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from banking.domain import pipeline
from banking.models import LoanApplication
from core.errors import NotFound
from core.keyset import beyond, place_of
from core.money import round_half_up
from merchants.models import Merchant
from scoring.models import LatestScore

PEOPLE = ("made_by", "submitted_by", "decided_by", "disbursed_by")


class ApplicationNotFound(NotFound):
    code = "application_not_found"
    default_message = _("Loan application not found")


def application_of(user: User, *, code: str) -> LoanApplication:
    """
    Return one application that this person may see, with bank, merchant and people.

    Raises ApplicationNotFound for one that does not exist or is another bank's, alike.
    """
    seen = LoanApplication.objects.visible_to(user).select_related("bank", "merchant", *PEOPLE)
    application = seen.filter(code=code).first()
    if application is None:
        raise ApplicationNotFound()
    return application


def applications_of(user: User, merchant: Merchant) -> QuerySet[LoanApplication]:
    """Return the applications of one merchant that this person may see, newest first."""
    return _newest_first(LoanApplication.objects.visible_to(user).filter(merchant=merchant))


def applications_of_code(user: User, *, merchant_code: str) -> QuerySet[LoanApplication]:
    """Return the same by the merchant's code; none for a merchant that does not exist."""
    seen = LoanApplication.objects.visible_to(user)
    return _newest_first(seen.filter(merchant__code=merchant_code))


# What a page may be ordered by; without a decision to wait for, an application is due never.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
SORTS = {
    "made": F("made_at"),
    "updated": F("updated_at"),
    "amount": F("amount"),
    "points": Coalesce("points_at_application", -1),
    "due": Case(When(status__in=pipeline.WAITING, then="due_at"), default=Value(_NEVER)),
}
NEWEST_FIRST = "-made"


@dataclass(frozen=True)
class PipelineFilter:
    """
    Which applications are looked for. Empty texts, None and False leave a filter off.

    `made_by` is a person's code, `search` part of the merchant's name or the whole of a number;
    points are those of the application.
    """

    status: str = ""
    made_by: str = ""
    overdue: bool = False
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    min_points: int | None = None
    max_points: int | None = None
    search: str = ""


@dataclass(frozen=True)
class PipelineRow:
    """
    One application with the merchant's newest score.

    `points_now` is None without a score, and once the merchant's consent has ended.
    """

    application: LoanApplication
    points_now: int | None

    @property
    def delta(self) -> int | None:
        """How far the score has moved since the application; None where one of both is missing."""
        then = self.application.points_at_application
        if then is None or self.points_now is None:
            return None
        return self.points_now - then


@dataclass(frozen=True)
class PipelinePage:
    """One page of a pipeline; `next_cursor` is None on the last."""

    rows: Sequence[PipelineRow]
    next_cursor: str | None


def pipeline_page(
    user: User,
    *,
    wanted: PipelineFilter,
    limit: int,
    cursor: str | None = None,
    now: datetime | None = None,
    sort: str = NEWEST_FIRST,
) -> PipelinePage:
    """
    Return `limit` applications that this person may see, newest first, or those after `cursor`.

    `sort` is a key of SORTS, with "-" in front when falling. The cursor is the number of the row before the page. `now`, the database's own unless it is handed
    in, tells which decisions are overdue. Raises InvalidCursor.
    """
    key, sign = SORTS[sort.removeprefix("-")], "-" if sort.startswith("-") else ""
    order = (f"{sign}sorted_by", f"{sign}pk")
    seen = _wanted(user, wanted, now).annotate(sorted_by=key)
    if cursor:
        everything = LoanApplication.objects.visible_to(user).annotate(sorted_by=key)
        seen = seen.filter(beyond(place_of(everything, code=cursor, order=order), order))
    newest = LatestScore.objects.filter(
        merchant=OuterRef("merchant"), merchant__in=Merchant.objects.visible_to(user)
    )
    rows = _newest_first(seen).order_by(*order)
    rows = rows.annotate(points_now=Subquery(newest.values("points")))
    found = list(rows[: limit + 1])
    page = [PipelineRow(application, application.points_now) for application in found[:limit]]
    more = len(found) > limit
    return PipelinePage(rows=page, next_cursor=page[-1].application.code if more else None)


@dataclass(frozen=True)
class StageCount:
    """
    How many applications stand at one stage, and for how much.

    `median_hours` is how long half of them took from submission to decision, or have been waiting
    (a draft: since it was made); None where there are none. `late` are those whose decision is overdue.
    """

    count: int = 0
    amount: Decimal = Decimal(0)
    median_hours: Decimal | None = None
    late: int = 0


def pipeline_counts(
    user: User, *, wanted: PipelineFilter | None = None, now: datetime | None = None
) -> Mapping[str, StageCount]:
    """Count what this person may see by status, in one query; every status has its figures."""
    at = now or Now()
    began = Case(When(status=pipeline.DRAFT, then="made_at"), default="submitted_at")
    took = ExpressionWrapper(Coalesce("decided_at", at) - began, output_field=DurationField())
    counts = (
        _wanted(user, wanted or PipelineFilter(), now)
        .order_by()
        .values("status")
        .annotate(
            count=Count("pk"),
            total=Sum("amount"),
            took=_MedianDuration(took),
            late=Count("pk", filter=_overdue(at)),
        )
    )
    found = {
        row["status"]: StageCount(row["count"], row["total"], _hours(row["took"]), row["late"])
        for row in counts
    }
    return {status: found.get(status, StageCount()) for status in pipeline.STATUSES}


class _MedianDuration(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def _hours(duration) -> Decimal | None:
    if duration is None:
        return None
    return round_half_up(Decimal(duration.total_seconds()) / 3600, 1)


def _newest_first(seen: QuerySet[LoanApplication]) -> QuerySet[LoanApplication]:
    return seen.select_related("merchant", "bank", "made_by").order_by("-made_at", "-pk")


def _wanted(user: User, wanted: PipelineFilter, now: datetime | None) -> QuerySet[LoanApplication]:
    seen = LoanApplication.objects.visible_to(user)
    if wanted.overdue:
        seen = seen.filter(_overdue(now or Now()))
    if wanted.made_by:
        seen = seen.filter(made_by__code=_uuid(wanted.made_by))
    if wanted.search:
        seen = seen.filter(
            Q(merchant__company_name__icontains=wanted.search)
            | Q(merchant__code__iexact=wanted.search)
            | Q(code__iexact=wanted.search)
        )
    conditions = {
        "status": wanted.status,
        "amount__gte": wanted.min_amount,
        "amount__lte": wanted.max_amount,
        "points_at_application__gte": wanted.min_points,
        "points_at_application__lte": wanted.max_points,
    }
    return seen.filter(
        **{name: value for name, value in conditions.items() if value not in ("", None)}
    )


def _overdue(at) -> Q:
    return Q(status__in=pipeline.WAITING, due_at__lt=at)


def _uuid(text: str) -> uuid.UUID:
    # What is no code is nobody's.
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.UUID(int=0)
