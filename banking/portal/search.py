"""The search of the command palette, and the counts beside the navigation."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from alerts.selectors import board_counts
from banking.models import LoanApplication
from banking.selectors.objections import waiting_count
from core.api.limits import stay_within
from core.kept import kept
from merchants.models import Merchant

SHOWN = 8
LEAST_LETTERS = 2
COUNTS_SECONDS = 20
TO_DECIDE = ("SUBMITTED", "UNDER_REVIEW")


@require_GET
@for_roles(*BANK_ROLES)
def search(request: HttpRequest) -> HttpResponse:
    """Merchants and applications by name or number; the palette gets what was found alone."""
    text = " ".join(request.GET.get("q", "").split())[:100]
    context = {"text": text, "is_short": len(text) < LEAST_LETTERS}
    if not context["is_short"]:
        stay_within(scope="read", caller=str(request.user.code))
        context |= {
            "merchants": _merchants(request.user, text),
            "applications": _applications(request.user, text),
        }
    template = "banking/_found.html" if request.htmx else "banking/search.html"
    return render(request, template, context)


def _merchants(user, text: str):
    seen = Merchant.objects.visible_to(user)
    named = seen.filter(Q(company_name__icontains=text) | Q(code__iexact=text))
    return named.order_by("company_name", "pk").only("code", "company_name", "city")[:SHOWN]


def _applications(user, text: str):
    seen = LoanApplication.objects.visible_to(user).select_related("merchant")
    named = seen.filter(Q(code__istartswith=text) | Q(merchant__company_name__icontains=text))
    return named.order_by("-made_at", "-pk")[:SHOWN]


@require_GET
@for_roles(*BANK_ROLES)
def counts(request: HttpRequest) -> HttpResponse:
    """What waits for this person's bank, for the navigation: a few seconds old at most."""
    user = request.user
    found = kept(f"banking.counts.{user.pk}", seconds=COUNTS_SECONDS, find=lambda: _counts(user))
    return render(request, "banking/_counts.html", {"counts": found})


def _counts(user) -> dict[str, int]:
    return {
        "warnings": board_counts(user).new,
        "applications": LoanApplication.objects.visible_to(user)
        .filter(status__in=TO_DECIDE)
        .count(),
        "objections": waiting_count(user),
    }
