"""What a merchant sees first: the shop today, and the ways on."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role
from alerts.selectors import open_warnings
from banking.models import LoanApplication
from core.charts import BarChart, bar_chart
from core.dates import business_day
from merchants.models import Merchant
from merchants.portal.wording import reasons_of
from scoring.models import CreditScore
from scoring.selectors import latest_score
from scoring.wording import improvement_text
from transactions.models import DailyTotal, Transaction

DAYS = 30
IMPROVEMENTS = 2
SALES = 5


@require_GET
@for_roles(Role.MERCHANT)
def home(request: HttpRequest) -> HttpResponse:
    """The owner's shop today: its score and why, its sales, what else there is to see."""
    merchant = getattr(request.user, "merchant", None)
    context = overview(merchant, now=timezone.now()) if merchant else {}
    return render(request, "merchants/home.html", {"merchant": merchant} | context)


def overview(merchant: Merchant, *, now: datetime) -> dict:
    """Return the context of `merchants/home.html`. "30 days" are the 30 complete days and today."""
    today = business_day(now)
    score = latest_score(merchant)
    revenue = _revenue_by_day(merchant, since=today - timedelta(days=DAYS))
    return {
        "score": score,
        "reasons": reasons_of(score),
        "improvements": _improvements(score),
        "today": _sold(merchant, since=today),
        "month": _sold(merchant, since=today - timedelta(days=DAYS)),
        "chart": _chart(revenue, today=today),
        "sales": Transaction.objects.filter(merchant=merchant).order_by("-occurred_at", "-pk")[
            :SALES
        ],
        "is_consenting": merchant.consents.standing().exists(),
        "warning_count": open_warnings(merchant).count(),
        "newest_loan": _newest_loan(merchant),
        "now": now,
    }


def _newest_loan(merchant: Merchant) -> LoanApplication | None:
    own = LoanApplication.objects.visible_to(merchant.owner).select_related("bank")
    return own.order_by("-made_at", "-pk").first()


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


def _chart(revenue: dict[date, Decimal], *, today: date) -> BarChart | None:
    """Draw one bar per day, oldest first; None when nothing was sold."""
    days = [today - timedelta(days=ago) for ago in range(DAYS, -1, -1)]
    return bar_chart([(day, revenue.get(day, Decimal(0))) for day in days], unit="rupiah")
