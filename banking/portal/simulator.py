"""The limit simulator: what could be lent to a merchant if its figures were different. Nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.domain.simulation import STANCES, Loan, amount_at, loan_of
from banking.models import LoanTerms
from banking.portal.merchant.what_if import RAILS, revenue_asked, revenue_written
from banking.selectors import PortfolioFilter, PortfolioRow, merchant_score, portfolio_page
from banking.selectors.loans import terms_of
from core.api.limits import stay_within
from core.errors import NotFound
from merchants.models import Merchant
from scoring.domain.policy import POLICIES
from scoring.models import CreditScore, RiskBand
from scoring.sliders import Supposition, read, suppose, within

FOUND = 10
REVENUE_LIMIT = Decimal(30)
USUAL_TENOR = 12
MOST_RATE = Decimal(100)
MOVED = tuple(rail for rail in RAILS if rail.name in ("refund", "settlement"))
WORDS = {
    "CONSERVATIVE": _("Conservative"),
    "MODERATE": _("Moderate"),
    "OPTIMISTIC": _("Optimistic"),
}
# How the address says them.
NAMES = {"konservatif": "CONSERVATIVE", "moderat": "MODERATE", "optimistis": "OPTIMISTIC"}


@dataclass(frozen=True)
class Side:
    """One column of the comparison: as it is, or as it would be."""

    points: int
    band: str
    revenue: Decimal
    amounts: Sequence[Decimal]
    loan: Loan


@dataclass(frozen=True)
class Level:
    """One stance on both sides, with the length of its bars in percent of the longest."""

    label: str
    is_chosen: bool
    now: Decimal
    then: Decimal
    now_share: float
    then_share: float


@require_GET
@for_roles(*BANK_ROLES)
def simulator(request: HttpRequest) -> HttpResponse:
    """Choose a merchant, move its figures, and compare; htmx gets the comparison alone."""
    context = {"wanted": request.GET.get("merchant", "").strip()[:100], **_chosen(request)}
    if "score" not in context:
        return render(request, "banking/simulator/simulator.html", context)
    context |= simulation(context["score"], request.GET, terms_of(request.user.organisation))
    is_part = request.htmx and request.htmx.target == "simulation"
    template = "banking/simulator/_result.html" if is_part else "banking/simulator/simulator.html"
    return render(request, template, context)


@require_GET
@for_roles(*BANK_ROLES)
def simulator_merchants(request: HttpRequest) -> HttpResponse:
    """Name merchants that match what is being typed, as options of the field."""
    stay_within(scope="read", caller=str(request.user.code))
    text = request.GET.get("merchant", "").strip()[:100]
    context = {"found": _search(request, text) if text else []}
    return render(request, "banking/simulator/_options.html", context)


def _chosen(request: HttpRequest) -> dict:
    """Find the merchant that was asked for by its code, else those whose name holds the text."""
    text = request.GET.get("merchant", "").strip()[:100]
    if not text:
        return {}
    merchant = Merchant.objects.visible_to(request.user).filter(code=text).first()
    if merchant is None:
        return {"found": _search(request, text)}
    try:
        return {"merchant": merchant, "score": merchant_score(request.user, code=merchant.code)}
    except NotFound:
        return {"merchant": merchant}


def _search(request: HttpRequest, text: str) -> Sequence[PortfolioRow]:
    page = portfolio_page(
        request.user,
        wanted=PortfolioFilter(search=text),
        sort="score",
        limit=FOUND,
        offset=0,
        now=timezone.now(),
    )
    return page.rows


def simulation(score: CreditScore, typed: Mapping[str, str], terms: LoanTerms) -> dict:
    """Return the comparison of a score as it is with what was typed; nonsense stays as it is."""
    revenue = revenue_asked(typed, limit=REVENUE_LIMIT)
    supposed = suppose(score, typed, rails=MOVED, revenue_percent=revenue)
    stance = NAMES.get(typed.get("sikap", ""), "MODERATE")
    cost = _cost(typed, terms)
    now, then = _side_now(score, stance, cost), _side_then(supposed, stance, cost)
    return {
        "supposed": supposed,
        "revenue_written": revenue_written(revenue),
        "now": now,
        "then": then,
        "levels": _levels(now, then, stance),
        "stances": [
            {"name": name, "label": WORDS[each], "is_chosen": each == stance}
            for name, each in NAMES.items()
        ],
        "stance": WORDS[stance],
        "tenor": cost["tenor_months"],
        "rate": cost["yearly_rate_percent"],
        "terms": terms,
        "multipliers": _multipliers(score),
        "policy": POLICIES[score.policy_version],
        "apply_url": _apply_url(score, then.loan.amount, cost["tenor_months"]),
    }


def _cost(typed: Mapping[str, str], terms: LoanTerms) -> dict:
    """Read at what rate and for how long; the bank's own terms stand in for what cannot be read."""
    tenor = int(within(read(typed.get("tenor")), Decimal(1), Decimal(terms.max_tenor_months)) or 0)
    rate = within(read(typed.get("bunga")), Decimal(0), MOST_RATE)
    return {
        "yearly_rate_percent": terms.yearly_rate_percent if rate is None else round(rate, 2),
        "tenor_months": tenor or min(USUAL_TENOR, terms.max_tenor_months),
        "method": terms.method,
    }


def _side_now(score: CreditScore, stance: str, cost: dict) -> Side:
    limits = (score.min_limit, score.max_limit)
    revenue = score.average_monthly_revenue
    return _side(score.points, score.risk_band, revenue, limits, stance, cost)


def _side_then(supposed: Supposition, stance: str, cost: dict) -> Side:
    card = supposed.card
    limits = (card.estimated_min_limit, card.estimated_max_limit)
    return _side(card.points, card.risk_band, card.avg_monthly_revenue, limits, stance, cost)


def _side(points: int, band: str, revenue: Decimal, limits, stance: str, cost: dict) -> Side:
    amounts = [amount_at(each, min_limit=limits[0], max_limit=limits[1]) for each in STANCES]
    amount = amounts[STANCES.index(stance)]
    return Side(
        points=points,
        band=band,
        revenue=revenue,
        amounts=amounts,
        loan=loan_of(amount, average_monthly_revenue=revenue, **cost),
    )


def _levels(now: Side, then: Side, stance: str) -> list[Level]:
    longest = max([*now.amounts, *then.amounts]) or Decimal(1)
    return [
        Level(
            label=WORDS[each],
            is_chosen=each == stance,
            now=before,
            then=after,
            now_share=float(100 * before / longest),
            then_share=float(100 * after / longest),
        )
        for each, before, after in zip(STANCES, now.amounts, then.amounts, strict=True)
    ]


def _multipliers(score: CreditScore) -> list[tuple[str, Decimal]]:
    limits = POLICIES[score.policy_version].limit_multipliers
    return [(RiskBand(band).label, multiplier) for band, multiplier in limits.items()]


def _apply_url(score: CreditScore, amount: Decimal, tenor: int) -> str:
    if not amount:
        return ""
    asked = {"merchant": score.merchant.code, "plafon": amount, "tenor": tenor}
    return f"{reverse('banking:new-application')}?{urlencode(asked)}"
