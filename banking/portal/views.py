from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.selectors import PortfolioFilter, portfolio, portfolio_page, recent_revenue, score_of
from scoring.models import RiskBand

SHOWN = 20


@require_GET
@for_roles(*BANK_ROLES)
def home(request: HttpRequest) -> HttpResponse:
    """The merchants that consented, best score first, and how many stand in each risk band."""
    wanted = PortfolioFilter()
    page = portfolio_page(request.user, wanted=wanted, sort="score", limit=SHOWN, offset=0)
    revenue = recent_revenue([merchant.pk for merchant in page.merchants], now=timezone.now())
    context = {
        "rows": [
            {"merchant": merchant, "score": score_of(merchant), "revenue": revenue.get(merchant.pk)}
            for merchant in page.merchants
        ],
        "total": page.total,
        "bands": _bands(request.user, total=page.total),
    }
    return render(request, "banking/home.html", context)


def _bands(user, *, total: int) -> list[dict]:
    """Count merchants by risk band, those without a score last."""
    scored = portfolio(user, wanted=PortfolioFilter()).exclude(latest_score=None)
    by_band = scored.values("latest_score__risk_band").annotate(merchants=Count("pk"))
    counts = dict(by_band.values_list("latest_score__risk_band", "merchants"))
    unscored = total - sum(counts.values())
    return [
        *(_band(band, counts.get(band.value, 0), total) for band in RiskBand),
        {"band": "", "count": unscored, "share": None},
    ]


def _band(band: RiskBand, count: int, total: int) -> dict:
    return {"band": band.value, "count": count, "share": 100 * count / total if total else 0}
