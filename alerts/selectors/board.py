"""
The board: warnings across all merchants that a bank may see, with the bank's standing on each.

A cursor is the code of the row before the page.
"""

from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from accounts.models import User
from alerts.models import BankReview, EarlyWarning
from alerts.models.warnings import Severity
from alerts.selectors.warnings import NEW, seen_by
from core.keyset import beyond, place_of

Status, State = EarlyWarning.Status, BankReview.State

# CRITICAL, MEDIUM, LOW: as they are declared.
_RANK = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Severity.values)),
    output_field=IntegerField(),
)
# Every order ends in the key, so that pages never overlap.
ORDERS = {
    "severity": ("rank", "-detected_at", "-pk"),
    "newest": ("-detected_at", "-pk"),
}


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """
    What to keep. Empty texts leave a filter off; values are stored choices.

    With `only_open` and no `standing`, what the bank resolved for itself stays away.
    """

    severity: str = ""
    kind: str = ""
    standing: str = ""
    only_open: bool = True
    search: str = ""
    city: str = ""
    order: str = "severity"


@dataclass(frozen=True)
class BoardPage:
    """Some warnings, each with `.merchant` and `.standing`; the cursor of the next page, if any."""

    rows: list[EarlyWarning]
    next_cursor: str | None = None


@dataclass(frozen=True)
class BoardCounts:
    """Open warnings by severity and by standing; what the bank resolved counts in `resolved` alone."""

    total: int
    critical: int
    medium: int
    low: int
    new: int
    acknowledged: int
    monitoring: int
    resolved: int


def board(user: User, *, wanted: BoardFilter, limit: int, cursor: str | None = None) -> BoardPage:
    """
    Return the first `limit` warnings that `wanted` keeps, or those after `cursor`.

    One statement (two with a cursor). Raises InvalidCursor.
    """
    warnings, order = seen_by(user).annotate(rank=_RANK), ORDERS[wanted.order]
    rest = _matching(warnings, wanted)
    if cursor:
        rest = rest.filter(beyond(place_of(warnings, code=cursor, order=order), order))
    # One more than asked for tells whether there is a next page.
    rows = list(rest.order_by(*order)[: limit + 1])
    next_cursor = str(rows[limit - 1].code) if len(rows) > limit else None
    return BoardPage(rows=rows[:limit], next_cursor=next_cursor)


def board_counts(user: User) -> BoardCounts:
    """Count the open warnings that this person's board shows, in one statement."""
    is_here = ~Q(standing=State.RESOLVED)
    counted = {
        "total": is_here,
        **{severity.lower(): is_here & Q(severity=severity) for severity in Severity.values},
        **{standing.lower(): Q(standing=standing) for standing in (NEW, *State.values)},
    }
    open_ones = seen_by(user).filter(status=Status.OPEN)
    return BoardCounts(
        **open_ones.aggregate(
            **{name: Count("pk", filter=condition) for name, condition in counted.items()}
        )
    )


def _matching(warnings: QuerySet[EarlyWarning], wanted: BoardFilter) -> QuerySet[EarlyWarning]:
    if wanted.only_open:
        warnings = warnings.filter(status=Status.OPEN)
    if wanted.standing:
        warnings = warnings.filter(standing=wanted.standing)
    elif wanted.only_open:
        warnings = warnings.exclude(standing=State.RESOLVED)
    if wanted.severity:
        warnings = warnings.filter(severity=wanted.severity)
    if wanted.kind:
        warnings = warnings.filter(kind=wanted.kind)
    if wanted.city:
        warnings = warnings.filter(merchant__city__iexact=wanted.city)
    if text := wanted.search.strip():
        warnings = warnings.filter(
            Q(merchant__company_name__icontains=text) | Q(merchant__code__iexact=text)
        )
    return warnings
