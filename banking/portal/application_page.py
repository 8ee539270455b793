"""What the page of one application shows."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.confirmation import is_confirmed
from banking.domain import installments, pipeline
from banking.domain.checks import Assessment
from banking.models import Installment, LoanApplication, LoanTransition
from banking.portal.loan_forms import RepaymentForm
from banking.portal.quote import check_lines
from banking.portal.steps import Step, steps_of
from banking.selectors.loans import loan_standing
from banking.services.objections import ANSWER_WITHIN
from banking.wording import reason_label, recommendation_label
from core.dates import add_months, business_day
from core.formats import angka, jam, rupiah, tanggal
from merchants.models import Merchant
from scoring.models import LatestScore

Status = LoanApplication.Status
# Icons of the timeline.
SIGNS = {
    Status.DRAFT: "return",
    Status.SUBMITTED: "forward",
    Status.UNDER_REVIEW: "eye",
    Status.APPROVED: "success",
    Status.REJECTED: "error",
    Status.DISBURSED: "coins",
}
_WAY = (Status.DRAFT, Status.SUBMITTED, Status.UNDER_REVIEW, Status.APPROVED, Status.DISBURSED)


def application_page(
    request: HttpRequest,
    loan: LoanApplication,
    *,
    now: datetime,
    refused: Step | None = None,
    repayment_form: RepaymentForm | None = None,
) -> dict:
    """
    Return the context of `banking/applications/detail.html`.

    `refused` is a step that was not taken, with what was typed; `repayment_form` likewise.
    """
    user = request.user
    is_seen = Merchant.objects.visible_to(user).filter(pk=loan.merchant_id).exists()
    opened = request.GET.get("langkah", "")
    steps = steps_of(loan, user=user, refused=refused, is_seen=is_seen, opened=opened)
    return {
        "loan": loan,
        "is_seen": is_seen,
        "is_late": loan.status in pipeline.WAITING and bool(loan.due_at and loan.due_at < now),
        "facts": list(_facts(loan)),
        "may_edit": loan.status == Status.DRAFT and is_seen,
        "steps": steps,
        "refusals": _homeless(refused, steps),
        "why_not": _why_not(loan, user) if not _decides(steps) else "",
        "needs_password": not is_confirmed(request, now=now),
        "answer_days": ANSWER_WITHIN.days,
        "reasons": [reason_label(code) for code in loan.decision_reasons],
        **_transitions(loan),
        **_scores(loan, is_seen=is_seen),
        **_assessed(loan),
        **_schedule(loan, now=now),
        **_repayments(loan, now=now, form=repayment_form),
    }


def _transitions(loan: LoanApplication) -> dict:
    """Return the stages of an application, and what happened to it, newest first."""
    found = list(loan.transitions.select_related("by").order_by("pk"))
    return {
        "way": list(_way(loan, found)),
        "history": [_happened(each) for each in reversed(found)],
    }


def _way(loan: LoanApplication, transitions: list[LoanTransition]) -> Iterator[dict]:
    """Yield the stages: behind, now, to come. A rejection ends the way where it was decided."""
    way = list(_WAY)
    if loan.status == Status.REJECTED:
        way[3:] = [Status.REJECTED]
    here = way.index(loan.status)
    reached = {step.went_to: step.at for step in transitions}
    for place, status in enumerate(way):
        at = reached.get(status) if place <= here else None
        yield {
            "label": Status(status).label,
            "state": "done" if place < here else "now" if place == here else "next",
            "note": tanggal(at) if at else "",
        }


def _facts(loan: LoanApplication) -> Iterator[tuple[str, str]]:
    """Yield what was asked for, and what came of it."""
    yield _("Limit asked for"), rupiah(loan.amount)
    if loan.approved_amount is not None:
        yield _("Approved"), rupiah(loan.approved_amount)
    if loan.disbursed_amount is not None:
        yield _("Disbursed"), f"{rupiah(loan.disbursed_amount)}, {tanggal(loan.disbursed_at)}"
    yield _("Tenor"), _("%(count)s months") % {"count": angka(loan.tenor_months)}
    rate = angka(loan.yearly_rate_percent, 2)
    yield _("Interest"), _("%(rate)s%% a year") % {"rate": rate}
    yield _("Repayment"), loan.get_method_display()
    if loan.purpose:
        yield _("Purpose"), loan.purpose
    yield _("Made by"), f"{loan.made_by}, {tanggal(loan.made_at)}"
    if loan.submitted_by:
        yield _("Submitted by"), f"{loan.submitted_by}, {tanggal(loan.submitted_at)}"
    if loan.decided_by:
        when = f"{tanggal(loan.decided_at)}, {jam(loan.decided_at)}"
        yield _("Decided by"), f"{loan.decided_by}, {when}"


def _homeless(refused: Step | None, steps: list[Step]) -> list[str]:
    """Return why a step was refused that this person may not take, and that has no dialog here."""
    if refused is None or refused in steps:
        return []
    return [text for errors in refused.form.errors.values() for text in errors]


def _decides(steps: list[Step]) -> bool:
    return any(step.to != Status.DRAFT for step in steps)


def _why_not(loan: LoanApplication, user: User) -> str:
    """Say why this person cannot take the next step of an application that waits for one."""
    if loan.status not in pipeline.WAITING:
        return ""
    if user.role != pipeline.APPROVER:
        return _("Only an approver of your bank decides.")
    if user.pk == loan.submitted_by_id:
        return _("You submitted this application, so another approver decides.")
    if user.pk == loan.made_by_id:
        return _("You made this application, so another approver decides.")
    return ""


def _scores(loan: LoanApplication, *, is_seen: bool) -> dict:
    newest = None
    if is_seen:
        newest = LatestScore.objects.filter(merchant=loan.merchant_id).first()
    then = loan.points_at_application
    is_known = newest is not None and then is not None
    return {
        "score_now": newest,
        "score_change": newest.points - then if is_known else None,
    }


def _assessed(loan: LoanApplication) -> dict:
    found = Assessment.from_json(loan.assessment)
    return {
        "checks": check_lines(found.checks),
        "recommendation": found.recommendation,
        "recommendation_label": recommendation_label(found.recommendation),
    }


def _happened(step: LoanTransition) -> dict:
    return {
        "icon": SIGNS[step.went_to],
        "text": step.get_went_to_display() if step.came_from else _("Made as a draft"),
        "at": step.at,
        "who": step.by.full_name,
        "note": "\n".join(filter(None, [changes(step.detail), step.notes])),
    }


_CHANGED = {
    "approved_amount": (lambda: _("Approved"), rupiah),
    "disbursed_amount": (lambda: _("Disbursed"), rupiah),
    "tenor_months": (lambda: _("Tenor"), angka),
    "yearly_rate_percent": (lambda: _("Interest"), lambda rate: f"{angka(rate, 2)}%"),
}


def changes(detail: Mapping) -> str:
    """Say which figures a step changed: `Tenor: 12 → 24`."""
    before, after = detail.get("before", {}), detail.get("after", {})
    return " · ".join(
        f"{label()}: {_arrow(written, before.get(name), after[name])}"
        for name, (label, written) in _CHANGED.items()
        if after.get(name) is not None and before
    )


def _arrow(written, before, after) -> str:
    return written(after) if before is None else f"{written(before)} → {written(after)}"


def _schedule(loan: LoanApplication, *, now: datetime) -> dict:
    """Return the instalments of a loan that was paid out, or what they would be."""
    if loan.status == Status.DISBURSED:
        lines = [_line(line) for line in loan.installments.order_by("number")]
        return {"installments": lines, "is_preview": False}
    principal = loan.approved_amount or loan.amount
    lines = installments.schedule(
        principal=principal,
        yearly_rate_percent=loan.yearly_rate_percent,
        tenor_months=loan.tenor_months,
        method=loan.method,
        first_due=add_months(business_day(now), 1),
    )
    interest = sum((line.interest for line in lines), Decimal(0))
    return {
        "installments": lines,
        "is_preview": True,
        "installment": lines[0].amount,
        "total_interest": interest,
        "total": principal + interest,
    }


def _line(line: Installment) -> Installment:
    line.amount = line.principal + line.interest
    return line


def _repayments(loan: LoanApplication, *, now: datetime, form: RepaymentForm | None) -> dict:
    if loan.status != Status.DISBURSED:
        return {}
    today = business_day(now)
    return {
        "today": today,
        "standing": loan_standing(loan, today=today),
        "repayments": list(loan.repayments.select_related("recorded_by").order_by("-pk")),
        "repayment_form": form
        or (
            RepaymentForm(initial={"tanggal": today.isoformat()})
            if loan.repaid_at is None
            else None
        ),
    }
