"""What if: the sliders of an officer, and what the score would be."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.portal.merchant.components import component_name, figure
from banking.selectors import merchant_score
from scoring.models import CreditScore
from scoring.sliders import Rail, Supposition, read, suppose, within

ZERO, ONE, HALF = Decimal(0), Decimal(1), Decimal("0.5")
RAILS = (
    Rail("penjualan", _("Sales a month"), "monthly_sales", ZERO, Decimal(200), ONE, "", partial(figure, "volume")),
    Rail("variasi", _("Difference between months"), "cv_percent", ZERO, Decimal(100), ONE, "persen", partial(figure, "consistency")),
    Rail("pertumbuhan", _("Growth beyond chance"), "growth_percent", Decimal(-50), Decimal(50), ONE, "persen", partial(figure, "growth")),
    Rail("refund", _("Refund rate"), "refund_percent", ZERO, Decimal(20), HALF, "persen", partial(figure, "refund")),
    Rail("settlement", _("Days to settlement"), "settlement_days", ZERO, Decimal(14), HALF, "hari", partial(figure, "settlement")),
)  # fmt: skip
REVENUE = "omzet"
REVENUE_LIMIT = Decimal(50)


@require_GET
@for_roles(*BANK_ROLES)
def merchant_what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the sliders; nothing is kept."""
    score = merchant_score(request.user, code=code)
    context = {"score": score, **what_if_card(score, request.GET)}
    return render(request, "banking/merchant/_what_if_result.html", context)


def what_if_card(score: CreditScore, typed: Mapping[str, str]) -> dict:
    """Return what `_what_if.html` shows: the sliders, and each component as it is and would be."""
    revenue = revenue_asked(typed, limit=REVENUE_LIMIT)
    supposed = suppose(score, typed, rails=RAILS, revenue_percent=revenue)
    return {
        "supposed": supposed,
        "revenue_written": revenue_written(revenue),
        "compared": _compared(supposed),
    }


def revenue_asked(typed: Mapping[str, str], *, limit: Decimal) -> Decimal:
    """Read the percentage by which revenue is to change; none when it cannot be read."""
    return within(read(typed.get(REVENUE)), -limit, limit) or ZERO


def revenue_written(percent: Decimal) -> str:
    """Write a change of revenue with its sign, as growth is written."""
    return figure("growth", percent)


def _compared(supposed: Supposition) -> list[dict]:
    return [
        {
            "name": component_name(component.name),
            "now": getattr(supposed.score, f"{component.name}_points"),
            "then": component.points,
        }
        for component in supposed.card.components
    ]
