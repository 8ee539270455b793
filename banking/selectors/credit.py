"""What a bank reads beside one merchant's newest score: its past days, its peers, its consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Aggregate, Count, FloatField

from banking.models import LoanApplication
from core.kept import kept
from merchants.models import Consent, Merchant
from merchants.selectors import MerchantNotFound
from scoring.domain.policy import CURRENT
from scoring.models import CreditScore, LatestScore

# Fewer shops would tell too much of each one.
LEAST_PEERS = 5
PEERS_SECONDS = 15 * 60

COMPONENTS = tuple(rule.name for rule in CURRENT.components)
_SCORE_DAY = (
    "as_of_day",
    "as_of",
    "points",
    "risk_band",
    "average_monthly_revenue",
    *(f"{name}_points" for name in COMPONENTS),
)


def score_days(merchant: Merchant, *, days: int, now: datetime) -> Sequence:
    """
    Return the last score of each business day of the last `days` days, oldest first.

    Named tuples of day, instant, points, band, average monthly revenue and the components' points.
    """
    rows = (
        CreditScore.objects.filter(merchant=merchant)
        .filter(as_of__gt=now - timedelta(days=days), as_of__lte=now)
        .order_by("-as_of_day", "-as_of", "-id")
        .distinct("as_of_day")
        .values_list(*_SCORE_DAY, named=True)
    )
    return list(rows)[::-1]


class _Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def category_medians(merchant: Merchant) -> Mapping[str, float]:
    """
    Return the median points of each component among consenting shops of the same category.

    Empty for a merchant without a category and where there are fewer than LEAST_PEERS such shops.
    Kept for PEERS_SECONDS.
    """
    if not merchant.category:
        return {}
    name = sha256(merchant.category.encode()).hexdigest()
    return kept(
        f"banking.medians:{name}",
        seconds=PEERS_SECONDS,
        find=lambda: _medians(merchant.category),
    )


def _medians(category: str) -> dict[str, float]:
    peers = Merchant.objects.consenting().filter(category=category)
    found = LatestScore.objects.filter(merchant__in=peers).aggregate(
        shops=Count("pk"),
        **{name: _Median(f"score__{name}_points") for name in COMPONENTS},
    )
    return found if found.pop("shops") >= LEAST_PEERS else {}


def standing_consent(merchant: Merchant) -> Consent | None:
    """Return the consent that lets banks see this merchant now, the one that lasts longest."""
    standing = merchant.consents.standing()
    return standing.order_by("-valid_until", "-pk").first()


@dataclass(frozen=True)
class ClosedMerchant:
    """A merchant whose consent ended, known to a bank through its own applications alone."""

    merchant: Merchant
    ended_at: datetime | None
    is_withdrawn: bool
    applications: Sequence[LoanApplication]


def closed_merchant(user, *, code: str) -> ClosedMerchant:
    """
    Return a merchant that this person's bank may no longer look at, with the bank's applications.

    Raises MerchantNotFound where the bank has none.
    """
    own = LoanApplication.objects.visible_to(user).filter(merchant__code=code)
    applications = list(own.select_related("merchant", "bank").order_by("-made_at", "-pk"))
    if not applications:
        raise MerchantNotFound()
    merchant = applications[0].merchant
    consent = merchant.consents.order_by("-pk").first()
    return ClosedMerchant(
        merchant=merchant,
        ended_at=consent and (consent.withdrawn_at or consent.valid_until),
        is_withdrawn=bool(consent and consent.withdrawn_at),
        applications=applications,
    )
