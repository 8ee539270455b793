"""Own loan applications: where each stands, why it was decided so, what is paid and what is due."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role
from banking.models import LoanApplication
from banking.selectors.loans import application_of, loan_standing
from banking.selectors.objections import open_to_objection
from banking.wording import reason_label
from core.dates import business_day
from merchants.models import Merchant
from merchants.selectors import merchant_of

Status = LoanApplication.Status
# The way of an application as its merchant follows it.
WAY = (Status.SUBMITTED, Status.UNDER_REVIEW, Status.APPROVED, Status.DISBURSED)
MOST = 50


@require_GET
@for_roles(Role.MERCHANT)
def loans(request: HttpRequest) -> HttpResponse:
    """Every application that a bank has submitted for the shop, newest first."""
    merchant = merchant_of(request.user)
    own = LoanApplication.objects.visible_to(request.user).select_related("bank")
    context = {"merchant": merchant, "loans": own.order_by("-made_at", "-pk")[:MOST]}
    return render(request, "merchants/loans.html", context)


@require_GET
@for_roles(Role.MERCHANT)
def loan(request: HttpRequest, code: str) -> HttpResponse:
    """One application: its way so far, the decision, and once it runs its instalments."""
    merchant = merchant_of(request.user)
    application = application_of(request.user, code=code)
    context = _page(merchant, application, now=timezone.now())
    return render(request, "merchants/loan.html", {"merchant": merchant} | context)


def _page(merchant: Merchant, application: LoanApplication, *, now: datetime) -> dict:
    today = business_day(now)
    is_running = application.status == Status.DISBURSED
    return {
        "loan": application,
        "steps": _steps(application),
        "reasons": [reason_label(code) for code in application.decision_reasons],
        "may_object": open_to_objection(merchant).filter(pk=application.pk).exists(),
        "standing": loan_standing(application, today=today) if is_running else None,
        "installments": application.installments.order_by("number") if is_running else (),
        "today": today,
    }


def _steps(application: LoanApplication) -> list[dict]:
    """Return the way from submission to disbursement, or to the refusal where it ended."""
    way = WAY[:2] + (Status.REJECTED,) if application.status == Status.REJECTED else WAY
    here = way.index(application.status)
    reached = _reached(application)
    return [
        {
            "label": status.label,
            "state": _state(place, here, is_last=here == len(way) - 1),
            "note": reached.get(status),
        }
        for place, status in enumerate(way)
    ]


def _state(place: int, here: int, *, is_last: bool) -> str:
    if place < here or (place == here and is_last):
        return "done"
    return "now" if place == here else "next"


def _reached(application: LoanApplication) -> dict[str, datetime]:
    """Return when each state was last reached; the notes of the steps are the bank's own."""
    steps = application.transitions.order_by("pk").values_list("went_to", "at")
    return dict(steps)
