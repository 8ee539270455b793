"""A merchant's credit page: one address, five tabs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.portal.merchant import history, loans, sales, summary, warnings
from banking.selectors.credit import closed_merchant, standing_consent
from banking.services.merchants import open_merchant
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound

TABS = {
    "ringkasan": (_("Summary"), summary.context),
    "transaksi": (_("Transactions"), sales.context),
    "pinjaman": (_("Loans"), loans.context),
    "peringatan": (_("Warnings"), warnings.context),
    "riwayat": (_("History and audit"), history.context),
}


@require_GET
@for_roles(*BANK_ROLES)
def merchant(request: HttpRequest, code: str) -> HttpResponse:
    """One merchant that consented; without consent the bank's own applications alone."""
    now = timezone.now()
    try:
        overview = open_merchant(code=code, by=request.user, now=now)
    except MerchantNotFound:
        closed = closed_merchant(request.user, code=code)
        return render(request, "banking/merchant/closed.html", {"closed": closed})
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "ringkasan"
    context = {
        "overview": overview,
        "merchant": overview.merchant,
        "score": overview.score,
        "consent": standing_consent(overview.merchant),
        "tabs": _tabs(overview.merchant, tab),
        "now": now,
    }
    context |= TABS[tab][1](request, overview, now=now)
    return render(request, f"banking/merchant/{tab}.html", context)


def _tabs(merchant: Merchant, current: str) -> list[dict]:
    address = reverse("banking:merchant", args=[merchant.code])
    return [
        {"label": label, "url": f"{address}?tab={key}", "is_current": key == current}
        for key, (label, _context) in TABS.items()
    ]
