from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.selectors import PortfolioFilter, merchants_by_band, portfolio_page
from scoring.models import RiskBand

SHOWN = 20


@require_GET
@for_roles(*BANK_ROLES)
def home(request: HttpRequest) -> HttpResponse:
    """The merchants that consented, best score first, and how many stand in each risk band."""
    page = portfolio_page(
        request.user,
        wanted=PortfolioFilter(),
        sort="score",
        limit=SHOWN,
        offset=0,
        now=timezone.now(),
    )
    context = {
        "rows": page.rows,
        "total": page.total,
        "bands": _bands(merchants_by_band(request.user), total=page.total),
    }
    return render(request, "banking/home.html", context)


def _bands(counts: dict[str, int], *, total: int) -> list[dict]:
    """Prepare one tile per risk band, and last one for the merchants without a score."""
    # The two counts may be moments apart.
    unscored = max(0, total - sum(counts.values()))
    return [
        *(_band(band, counts.get(band.value, 0), total) for band in RiskBand),
        {"band": "", "count": unscored, "share": None},
    ]


def _band(band: RiskBand, count: int, total: int) -> dict:
    return {"band": band.value, "count": count, "share": 100 * count / total if total else 0}
