"""What a merchant sees first."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum

from core.dates import business_day
from merchants.models import Merchant
from merchants.selectors import consents_of
from scoring.models import CreditScore
from scoring.selectors import latest_score
from scoring.wording import improvement_text, reason_text
from transactions.models import DailyTotal, Transaction

DAYS = 30
REASONS = 3
IMPROVEMENTS = 2
# Icons of the page.
SIGNS = {"strength": "up", "risk": "down"}
SALES = 8
BAR_WIDTH, BAR_STEP, BAR_HEIGHT = 14, 20, 260


def overview(merchant: Merchant, *, now: datetime) -> dict:
    """Return the context of `merchants/home.html`. "30 days" are the 30 complete days and today."""
    today = business_day(now)
    score = latest_score(merchant)
    revenue = _revenue_by_day(merchant, since=today - timedelta(days=DAYS))
    return {
        "score": score,
        "reasons": _reasons(score),
        "improvements": _improvements(score),
        "today": _sold(merchant, since=today),
        "month": _sold(merchant, since=today - timedelta(days=DAYS)),
        "bars": _bars(revenue, today=today),
        "sales": Transaction.objects.filter(merchant=merchant).order_by("-occurred_at", "-pk")[
            :SALES
        ],
        "consents": consents_of(merchant),
        "is_consenting": merchant.consents.standing().exists(),
        "now": now,
    }


def _reasons(score: CreditScore | None) -> list[dict]:
    if score is None:
        return []
    return [
        {"sign": _sign(reason), "text": reason_text(reason)} for reason in score.reasons[:REASONS]
    ]


def _sign(reason: dict) -> str:
    # Revenue that holds or grows a little costs points, but nothing has gone down.
    if reason["code"] in ("growth_flat", "growth_modest"):
        return "level"
    return SIGNS.get(reason["kind"], "info")


def _improvements(score: CreditScore | None) -> list[str]:
    if score is None:
        return []
    return [improvement_text(item) for item in score.improvements[:IMPROVEMENTS]]


def _sold(merchant: Merchant, *, since: date) -> dict:
    totals = DailyTotal.objects.filter(merchant=merchant, day__gte=since)
    return totals.aggregate(
        count=Sum("paid_count", default=0),
        amount=Sum(F("paid_amount") - F("refunded_amount"), default=Decimal(0)),
        pending=Sum("pending_count", default=0),
    )


def _revenue_by_day(merchant: Merchant, *, since: date) -> dict[date, Decimal]:
    totals = DailyTotal.objects.filter(merchant=merchant, day__gte=since)
    return {total.day: total.paid_amount - total.refunded_amount for total in totals}


def _bars(revenue: dict[date, Decimal], *, today: date) -> list[dict]:
    """Return one bar per day, oldest first, ready to be drawn; nothing when nothing was sold."""
    highest = max(revenue.values(), default=Decimal(0))
    if highest <= 0:
        return []
    days = [today - timedelta(days=ago) for ago in range(DAYS, -1, -1)]
    return [
        _bar(place, day, revenue.get(day, Decimal(0)), highest) for place, day in enumerate(days)
    ]


def _bar(place: int, day: date, amount: Decimal, highest: Decimal) -> dict:
    height = max(0, round(amount / highest * BAR_HEIGHT))
    return {
        "day": day,
        "amount": amount,
        "x": place * BAR_STEP,
        "y": BAR_HEIGHT - height,
        "height": height,
        "width": BAR_WIDTH,
    }
