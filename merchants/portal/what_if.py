"""What would the score be if...? A few sliders, answered by the code that scores."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role
from merchants.selectors import merchant_of
from scoring.selectors import latest_score
from scoring.sliders import Rail, suppose
from scoring.wording.numbers import days, number, percent

ONE, HALF = Decimal(1), Decimal("0.5")
RAILS = (
    Rail("penjualan", _("Sales a month"), "monthly_sales", Decimal(0), Decimal(200), ONE, "", number),
    Rail("pertumbuhan", _("Revenue growth a month"), "growth_percent", Decimal(-30), Decimal(30), ONE, "persen", percent),
    Rail("refund", _("Sales that are refunded"), "refund_percent", Decimal(0), Decimal(10), HALF, "persen", percent),
    Rail("pencairan", _("Days until the money arrives"), "settlement_days", Decimal(0), Decimal(10), HALF, "hari", days, otherwise=Decimal(3)),
)  # fmt: skip


@require_GET
@for_roles(Role.MERCHANT)
def what_if(request: HttpRequest) -> HttpResponse:
    """The score as it would be; htmx gets the answer alone. Nothing is saved."""
    merchant = merchant_of(request.user)
    score = latest_score(merchant)
    context = {
        "merchant": merchant,
        "score": score,
        "supposed": suppose(score, request.GET, rails=RAILS) if score else None,
    }
    template = "merchants/_supposed.html" if request.htmx else "merchants/what_if.html"
    return render(request, template, context)
