from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role


@require_GET
@for_roles(Role.KOPERASI_STAFF)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "koperasi_risk/home.html")
