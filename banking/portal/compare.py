from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES


@require_GET
@for_roles(*BANK_ROLES)
def compare(request: HttpRequest) -> HttpResponse:
    return render(request, "banking/merchants/compare.html")
