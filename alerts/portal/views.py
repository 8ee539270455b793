from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import FRAUD_ROLES


@require_GET
@for_roles(*FRAUD_ROLES)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "alerts/home.html")
