"""What a loan would mean for a member: tried out live, and asked in earnest for the record."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.api.limits import stay_within
from core.errors import Refusal
from core.money import CENT, round_half_up
from core.portal.fields import AmountField
from core.portal.forms import FallibleForm
from koperasi_risk.access import STAFF, for_seats
from koperasi_risk.domain.factors import cause_text
from koperasi_risk.domain.reasons import breach, missing, reasons, reasons_of_lines
from koperasi_risk.domain.schedules import LONGEST_TENOR
from koperasi_risk.domain.scoring import BREACH, DATA_MISSING
from koperasi_risk.models import Decision, LoanCheck, Member, Tenant
from koperasi_risk.portal.member_page.frame import SCORERS, frame
from koperasi_risk.portal.words import loan_words
from koperasi_risk.selectors.members import member_of
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.loan_previews import Preview, preview_loan

PAST_CHECKS = 20
TOLD = {
    Decision.APPROVE: (
        messages.success,
        gettext_lazy("The check is kept: this may be applied for."),
    ),
    Decision.REVIEW: (
        messages.info,
        gettext_lazy("The check is kept: this may be applied for; a person reviews it."),
    ),
    Decision.REJECT: (
        messages.warning,
        gettext_lazy("The check is kept: the risk engine rejects this."),
    ),
}


class LoanCheckForm(FallibleForm):
    FIELDS = {"amount": "jumlah", "tenor_months": "tenor", "monthly_installment": "angsuran"}

    jumlah = AmountField(label=gettext_lazy("Amount"))
    tenor = forms.IntegerField(
        label=gettext_lazy("Tenor (months)"), min_value=1, max_value=LONGEST_TENOR
    )
    angsuran = AmountField(label=gettext_lazy("Instalment a month"), required=False)

    @property
    def installment(self) -> Decimal:
        """The instalment as typed, else the amount divided by the tenor."""
        typed = self.cleaned_data
        return typed["angsuran"] or max(CENT, round_half_up(typed["jumlah"] / typed["tenor"], 2))


@dataclass(frozen=True)
class Answer:
    """What was tried: the member before and after, and how much there is room for."""

    preview: Preview
    reasons_before: list[str]
    new_reasons: list[str]
    # Of rules that were not kept before, either.
    graver_reasons: list[str]
    installment: Decimal
    is_assumed: bool
    most_amount: Decimal | None
    cause: str


@require_http_methods(["GET", "POST"])
@for_seats(*STAFF)
def loan_check(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Try a loan out (GET, nothing is stored), or ask in earnest (POST, kept whatever the answer)."""
    tenant, now = request.seat.tenant, timezone.now()
    member = member_of(tenant, code)
    if request.method == "POST":
        return _asked(request, member, now=now)
    form = LoanCheckForm(request.GET if request.GET else None)
    answer = _answer(tenant, member, form, now=now) if form.is_valid() else None
    if request.htmx:
        context = {
            "answer": answer,
            "form": form,
            "has_typed": form.is_bound,
            "member": member,
            "words": loan_words(tenant),
            "may_score": request.seat.has(*SCORERS),
        }
        return render(request, "koperasi_risk/member/_answer.html", context)
    return _page(request, member, form, answer=answer, now=now)


def _asked(request: HttpRequest, member: Member, *, now: datetime) -> HttpResponse:
    stay_within(scope="write", caller=str(request.user.code))
    form = LoanCheckForm(request.POST)
    if not request.seat.has(*SCORERS):
        form.add_error(None, _("Only financing officers and risk managers may ask in earnest."))
        return _page(request, member, form, status=403, now=now)
    if form.is_valid():
        try:
            return _kept(request, member, form, now=now)
        except Refusal as refusal:
            form.show(refusal)
    return _page(request, member, form, status=400, now=now)


def _kept(request: HttpRequest, member: Member, form: LoanCheckForm, *, now) -> HttpResponse:
    typed = form.cleaned_data
    check = check_loan(
        tenant=request.seat.tenant,
        member_id=member.pk,
        amount=typed["jumlah"],
        tenor_months=typed["tenor"],
        monthly_installment=typed["angsuran"],
        by=request.user,
        now=now,
    )
    tell, text = TOLD[check.decision]
    tell(request, text)
    return redirect("koperasi_risk:loan-check", member.code)


def _page(
    request, member: Member, form: LoanCheckForm, *, now, answer=None, status: int = 200
) -> HttpResponse:
    context = frame(request, member, tab="cek", now=now) | {
        "form": form,
        "answer": answer,
        "has_typed": form.is_bound,
        "checks": past_checks(request.seat.tenant, member),
    }
    return render(request, "koperasi_risk/member/cek.html", context, status=status)


def past_checks(tenant: Tenant, member: Member) -> list[dict]:
    """Return a member's last checks, each with its reasons in the reader's language."""
    checks = LoanCheck.objects.of(tenant).filter(member=member)
    checks = checks.select_related("asked_by", "override").order_by("-asked_at", "-pk")
    return [{"row": check, "reasons": _reasons_of(check)} for check in checks[:PAST_CHECKS]]


def _reasons_of(check: LoanCheck) -> list[str]:
    return reasons_of_lines(check.lines, check.seen, get_language() or "id")


def _answer(tenant: Tenant, member: Member, form: LoanCheckForm, *, now: datetime) -> Answer:
    installment, language = form.installment, get_language() or "id"
    preview = preview_loan(
        tenant=tenant, member_id=member.pk, installment=installment, as_of=tenant.today(now)
    )
    fresh, graver = _changes(preview, language)
    return Answer(
        preview=preview,
        reasons_before=reasons(preview.before, language),
        new_reasons=fresh,
        graver_reasons=graver,
        installment=installment,
        is_assumed=form.cleaned_data["angsuran"] is None,
        most_amount=_most_amount(preview, form, installment),
        cause=cause_text(preview.room.cause, language) if preview.room.cause else "",
    )


def _changes(preview: Preview, language: str) -> tuple[list[str], list[str]]:
    """Return what is breached or missing only with the loan, and what moved further beyond."""
    fresh, graver = [], []
    for before, after in zip(preview.before.lines, preview.after.lines, strict=True):
        if after == before or after.outcome not in (BREACH, DATA_MISSING):
            continue
        sentence = (breach if after.outcome == BREACH else missing)(after, language)
        is_same = (after.outcome, after.tier) == (before.outcome, before.tier)
        (graver if is_same else fresh).append(sentence)
    return fresh, graver


def _most_amount(preview: Preview, form: LoanCheckForm, installment: Decimal) -> Decimal | None:
    """Return the largest amount on the same terms: it grows with its instalment."""
    if preview.room.most is None:
        return None
    return (preview.room.most * form.cleaned_data["jumlah"] / installment).quantize(
        Decimal(1), ROUND_DOWN
    )
