"""What a loan could look like: an estimate within the score's limits, and who decides."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Organisation, Role
from banking.models import LoanTerms
from banking.selectors.loans import offers_for
from merchants.selectors import merchant_of
from scoring.selectors import latest_score


@require_GET
@for_roles(Role.MERCHANT)
def offers(request: HttpRequest) -> HttpResponse:
    """Three loans that the shop could carry at usual terms; a bank decides."""
    merchant = merchant_of(request.user)
    # Of no bank in particular.
    terms = LoanTerms()
    context = {
        "merchant": merchant,
        "score": latest_score(merchant),
        "offers": offers_for(merchant, terms),
        "terms": terms,
        "is_consenting": merchant.consents.standing().exists(),
        "banks": Organisation.objects.filter(kind=Organisation.Kind.BANK).order_by("name"),
    }
    return render(request, "merchants/offers.html", context)
