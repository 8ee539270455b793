"""Who may see the shop: what was agreed to, taking it back, giving it again."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import for_roles
from accounts.models import Organisation, Role
from core.api.limits import stay_within
from merchants.models import Merchant
from merchants.selectors import consents_of, merchant_of
from merchants.services import grant_consent, withdraw_consent


@require_http_methods(["GET", "POST"])
@for_roles(Role.MERCHANT)
def consents(request: HttpRequest) -> HttpResponse:
    """What partner banks may see, since when, until when; posted to, the consent is given (again)."""
    merchant = merchant_of(request.user)
    if request.method == "POST":
        return _grant(request, merchant)
    return render(request, "merchants/consents.html", _page(merchant))


def _page(merchant: Merchant) -> dict:
    return {
        "merchant": merchant,
        "consents": consents_of(merchant),
        "is_consenting": merchant.consents.standing().exists(),
        "banks": Organisation.objects.filter(kind=Organisation.Kind.BANK).order_by("name"),
        "now": timezone.now(),
    }


def _grant(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    stay_within(scope="write", caller=str(request.user.code))
    grant_consent(merchant=merchant, by=request.user, now=timezone.now())
    messages.success(request, _("Your consent is recorded. Partner banks may see your shop."))
    return redirect("merchants:consents")


@require_POST
@for_roles(Role.MERCHANT)
def withdraw(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Stop letting partner banks see the shop."""
    withdraw_consent(
        merchant=merchant_of(request.user), code=code, by=request.user, now=timezone.now()
    )
    messages.success(
        request, _("Your consent is withdrawn. Partner banks no longer see your shop.")
    )
    return redirect("merchants:consents")
