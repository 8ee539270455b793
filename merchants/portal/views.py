from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role
from merchants.portal.overview import overview


@require_GET
@for_roles(Role.MERCHANT)
def home(request: HttpRequest) -> HttpResponse:
    """The owner's shop today: its score and why, its sales, who may see them."""
    merchant = getattr(request.user, "merchant", None)
    context = overview(merchant, now=timezone.now()) if merchant else {}
    return render(request, "merchants/home.html", {"merchant": merchant} | context)
