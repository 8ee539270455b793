"""What the open warnings of a bank's board add up to."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from alerts.models import BankReview, EarlyWarning, Severity
from alerts.selectors.warnings import seen_by


class RiskyMerchant(NamedTuple):
    """A merchant with open warnings, and how many."""

    code: str
    company_name: str
    warnings: int
    critical: int


def _open_on_the_board(user: User) -> QuerySet[EarlyWarning]:
    open_ones = seen_by(user).filter(status=EarlyWarning.Status.OPEN)
    return open_ones.exclude(standing=BankReview.State.RESOLVED).order_by()


def riskiest_merchants(user: User, *, limit: int) -> Sequence[RiskyMerchant]:
    """Return the merchants with most critical warnings, then with most of any."""
    rows = (
        _open_on_the_board(user)
        .values("merchant__code", "merchant__company_name")
        .annotate(warnings=Count("pk"), critical=Count("pk", filter=Q(severity=Severity.CRITICAL)))
        .order_by("-critical", "-warnings", "merchant__company_name", "merchant__code")
    )
    columns = ("merchant__code", "merchant__company_name", "warnings", "critical")
    return [RiskyMerchant(*row) for row in rows.values_list(*columns)[:limit]]


def open_by_kind(user: User) -> dict[str, int]:
    """Count the open warnings of each kind, commonest first."""
    counted = _open_on_the_board(user).values("kind").annotate(warnings=Count("pk"))
    return dict(counted.order_by("-warnings", "kind").values_list("kind", "warnings"))
