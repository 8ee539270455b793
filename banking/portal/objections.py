"""Objections of merchants to this bank's decisions: what waits, reading one, answering it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.models import Objection
from banking.selectors.objections import may_answer, objections_for
from banking.services.objections import (
    LEAST_LETTERS,
    MOST_LETTERS,
    answer_objection,
    open_objection,
)
from banking.wording import reason_label
from core.api.limits import stay_within
from core.errors import Refusal

MOST_OPEN, MOST_ANSWERED = 200, 50


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Your answer to the merchant"),
        min_length=LEAST_LETTERS,
        max_length=MOST_LETTERS,
        widget=forms.Textarea,
    )


@require_GET
@for_roles(*BANK_ROLES)
def objections(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, most urgent first, and what was answered. No texts: they are personal."""
    rows = objections_for(request.user).defer("text", "answer")
    waiting = rows.filter(status=Objection.Status.OPEN).order_by("due_at", "pk")
    answered = rows.filter(status=Objection.Status.ANSWERED).order_by("-answered_at", "-pk")
    context = {
        "waiting": waiting[:MOST_OPEN],
        "answered": answered[:MOST_ANSWERED],
        "now": timezone.now(),
    }
    return render(request, "banking/objections/list.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*BANK_ROLES)
def objection(request: HttpRequest, code: UUID) -> HttpResponse:
    """One objection with its decision, and the answer; reading it goes on record."""
    now = timezone.now()
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        stay_within(scope="write", caller=str(request.user.code))
        if form.is_valid() and _answered(request, form, code):
            return redirect("banking:objections")
    found = open_objection(code=code, by=request.user, now=now)
    context = {
        "objection": found,
        "reasons": [reason_label(reason) for reason in found.application.decision_reasons],
        "may_answer": may_answer(request.user, found),
        "form": form,
        "now": now,
    }
    status = 400 if form.errors else 200
    return render(request, "banking/objections/detail.html", context, status=status)


def _answered(request: HttpRequest, form: AnswerForm, code: UUID) -> bool:
    try:
        answer_objection(
            code=code, by=request.user, answer=form.cleaned_data["answer"], now=timezone.now()
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        form.add_error("answer" if "answer" in refusal.fields else None, refusal.message)
        return False
    messages.success(request, _("The answer is on its way to the merchant."))
    return True
