"""
An application moves: the step's form, the person's password where it is final, and the move.

Whoever was slower sees what became of the application instead of a form that decides over it.
"""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from accounts.services.confirmation import WrongPassword, confirm_person, is_confirmed
from banking.models import LoanApplication
from banking.portal.application_page import application_page, changes
from banking.portal.loan_forms import StepForm
from banking.portal.steps import CONFIRMED, Step, done, step_form, steps_of
from banking.selectors.loans import application_of
from banking.services.loans import move_application
from core.api.limits import stay_within
from core.errors import Conflict, Refusal, TooManyAttempts
from core.request_context import client_address


@sensitive_post_parameters("sandi")
@require_POST
@for_roles(*BANK_ROLES)
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Take one step with an application."""
    stay_within(scope="write", caller=str(request.user.code))
    loan = application_of(request.user, code=code)
    to = request.POST.get("to", "")
    if to not in LoanApplication.Status.values:
        raise Http404
    form, now = step_form(loan, to, request.POST), timezone.now()
    status = _taken(request, loan, to, form, now=now)
    if isinstance(status, HttpResponse):
        return status
    step = Step(to, form, is_open=True)
    page = application_page(request, loan, now=now, refused=step)
    return render(request, "banking/applications/detail.html", page, status=status)


def _taken(
    request: HttpRequest, loan: LoanApplication, to: str, form: StepForm, *, now: datetime
) -> HttpResponse | int:
    """Take the step and lead on; or return the status under which the form is shown again."""
    if not form.is_valid():
        return 400
    try:
        # Nobody proves who they are for a step that they may not take.
        if any(step.to == to for step in steps_of(loan, user=request.user)):
            _confirm(request, to, form, now=now)
        move_application(
            code=loan.code,
            to=to,
            by=request.user,
            version=form.cleaned_data["versi"],
            now=now,
            **form.detail,
        )
    except (WrongPassword, TooManyAttempts) as refusal:
        form.add_error("sandi", refusal.message)
        return refusal.status
    except Conflict as refusal:
        return conflict_page(request, loan.code, refusal)
    except Refusal as refusal:
        form.show(refusal)
        return refusal.status
    messages.success(request, done(to))
    return redirect("banking:application", loan.code)


def _confirm(request: HttpRequest, to: str, form: StepForm, *, now: datetime) -> None:
    if to not in CONFIRMED or is_confirmed(request, now=now):
        return
    password = form.cleaned_data["sandi"]
    if not password:
        raise WrongPassword(_("Please enter your password to confirm that it is you."))
    confirm_person(request=request, password=password, address=client_address(request), now=now)


def conflict_page(request: HttpRequest, code: str, refusal: Conflict) -> HttpResponse:
    """Say that somebody else was faster, and what changed."""
    loan = application_of(request.user, code=code)
    newest = loan.transitions.select_related("by").order_by("-pk").first()
    context = {
        "loan": loan,
        "refusal": refusal,
        "newest": newest,
        "changes": changes(newest.detail) if newest else "",
    }
    return render(request, "banking/applications/conflict.html", context, status=refusal.status)
