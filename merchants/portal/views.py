import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import Role
from merchants.portal.overview import overview
from merchants.selectors import merchant_of
from merchants.services import grant_consent, withdraw_consent


@require_GET
@for_roles(Role.MERCHANT)
def home(request: HttpRequest) -> HttpResponse:
    """The owner's shop today: its score and why, its sales, who may see them."""
    merchant = getattr(request.user, "merchant", None)
    context = overview(merchant, now=timezone.now()) if merchant else {}
    return render(request, "merchants/home.html", {"merchant": merchant} | context)


@require_POST
@for_roles(Role.MERCHANT)
def grant(request: HttpRequest) -> HttpResponse:
    """Let partner banks see the shop."""
    grant_consent(merchant=merchant_of(request.user), by=request.user, now=timezone.now())
    messages.success(request, _("Your consent is recorded. Partner banks may see your shop."))
    return redirect("merchants:home")


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
    return redirect("merchants:home")
