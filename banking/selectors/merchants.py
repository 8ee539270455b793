"""One merchant that consented, as a bank sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from core.dates import business_day
from core.errors import NotFound
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound
from scoring.models import CreditScore
from scoring.selectors import latest_score, score_history
from transactions.models import DailyTotal

HISTORY_POINTS = 12


_REVENUE = Sum(F("paid_amount") - F("refunded_amount"))


def _thirty_days_ago(now: datetime) -> date:
    return business_day(now) - timedelta(days=30)


def merchant_score(user, *, code: str) -> CreditScore:
    """
    Return the newest score of one merchant that this person may see.

    Raises MerchantNotFound for a merchant that is unknown or did not consent, ScoreNotAvailable without a score.
    """
    score = latest_score(_visible_merchant(user, code=code))
    if score is None:
        raise ScoreNotAvailable(_("This merchant has no credit score yet."))
    return score


class ScoreNotAvailable(NotFound):
    code = "score_not_available"


def _visible_merchant(user, *, code: str) -> Merchant:
    merchant = Merchant.objects.visible_to(user).select_related("owner").filter(code=code).first()
    if merchant is None:
        raise MerchantNotFound()
    return merchant


@dataclass(frozen=True)
class Overview:
    """What a bank sees of one merchant. `score` is None until there is one."""

    merchant: Merchant
    score: CreditScore | None
    history: Sequence
    revenue_30_days: Decimal
    sales_30_days: int


def merchant_overview(user, *, code: str, now: datetime) -> Overview:
    """
    Return one merchant that this person may see, with its score, history and last 30 days.

    Raises MerchantNotFound for a merchant that does not exist or did not consent, alike.
    """
    merchant = _visible_merchant(user, code=code)
    recent = DailyTotal.objects.filter(merchant=merchant, day__gte=_thirty_days_ago(now)).aggregate(
        revenue=_REVENUE, sales=Sum("paid_count")
    )
    return Overview(
        merchant=merchant,
        score=latest_score(merchant),
        history=score_history(merchant)[:HISTORY_POINTS],
        revenue_30_days=recent["revenue"] or Decimal(0),
        sales_30_days=recent["sales"] or 0,
    )
