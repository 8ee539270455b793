"""Early warnings of every merchant that consented, and what this bank makes of them."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from alerts.models import EarlyWarning
from merchants.models import Merchant


@require_GET
@for_roles(*BANK_ROLES)
def board(request: HttpRequest) -> HttpResponse:
    return render(request, "banking/warnings/list.html")


@require_GET
@for_roles(*BANK_ROLES)
def warning(request: HttpRequest, code: UUID) -> HttpResponse:
    seen = Merchant.objects.visible_to(request.user)
    found = EarlyWarning.objects.filter(code=code, merchant__in=seen).first()
    if found is None:
        raise Http404
    return render(request, "banking/warnings/detail.html", {"warning": found})
