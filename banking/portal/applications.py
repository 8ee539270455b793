"""One application for a loan: to write it, and to see how it stands."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.models import LoanApplication


@require_GET
@for_roles(*BANK_ROLES)
def new_application(request: HttpRequest) -> HttpResponse:
    return render(request, "banking/applications/form.html")


@require_GET
@for_roles(*BANK_ROLES)
def application(request: HttpRequest, code: str) -> HttpResponse:
    loan = LoanApplication.objects.visible_to(request.user).filter(code=code).first()
    if loan is None:
        raise Http404
    return render(request, "banking/applications/detail.html", {"loan": loan})
