"""
Applications move: submitted, taken under review, decided, paid out. Of several at once one moves.

Whoever moves an application locks its row first and judges it as it is then, so that the second of two
is told who was quicker. After a consent was withdrawn an application can still be taken under review
and rejected, and what was approved before can be paid out and paid back; it is neither submitted nor
approved, for both judge the merchant anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from banking.domain import checks, pipeline, reasons
from banking.domain.installments import schedule
from banking.models import Installment, LoanApplication
from banking.selectors.loans import terms_of
from banking.services.lending import (
    LONGEST_NOTES,
    checked_amount,
    checked_rate,
    checked_tenor,
    checked_text,
    freeze,
    locked_application,
    note_step,
    overtaken,
    require_consent,
    require_version,
    state_of,
)
from core.dates import add_months, business_day
from core.errors import Conflict, InvalidInput, NotAllowed
from core.formats import rupiah
from core.outbox import announce

# Of notes that explain why somebody decided against the recommendation.
LEAST_EXPLANATION = 20


class IllegalMove(Conflict):
    code = "illegal_transition"


class RoleMayNotMove(NotAllowed):
    code = "not_your_step"


class SecondPersonNeeded(NotAllowed):
    code = "second_person_needed"


class NotesRequired(InvalidInput):
    code = "notes_required"


class UnknownReason(InvalidInput):
    code = "unknown_reason"


class ExceedsRequested(InvalidInput):
    code = "exceeds_requested_amount"


class ExceedsApproved(InvalidInput):
    code = "exceeds_approved_amount"


class NotForThisStep(InvalidInput):
    code = "not_for_this_step"


@dataclass(frozen=True)
class Wish:
    """What somebody says with a move."""

    by: User
    now: datetime
    notes: str
    reasons: Sequence[str]
    amount: Decimal | None
    yearly_rate_percent: Decimal | None
    tenor_months: int | None


@transaction.atomic
def move_application(
    *,
    code: str,
    to: str,
    by: User,
    now: datetime,
    notes: str = "",
    reasons: Sequence[str] = (),
    approved_amount: Decimal | None = None,
    yearly_rate_percent: Decimal | None = None,
    tenor_months: int | None = None,
    version: int | None = None,
    disbursed_amount: Decimal | None = None,
) -> LoanApplication:
    """
    Move an application one step; `banking.domain.pipeline` says which are legal, and for whom.

    An approval may lower the amount and set rate and tenor anew; a rejection needs notes, and a
    decision against the recommendation 20 characters of them. A disbursement pays out
    `disbursed_amount` (or `approved_amount`, or all that was approved) and writes the instalments, the
    first a month later. `version` is the one that the caller saw.

    Raises NotABankPerson, ApplicationNotFound, IllegalMove or ChangedMeanwhile (which says who
    decided), RoleMayNotMove, SecondPersonNeeded, ConsentWithdrawn, NotesRequired, UnknownReason,
    InvalidFigure, ExceedsRequested, ExceedsApproved, NotForThisStep.
    """
    application = locked_application(by=by, code=code)
    move = _legal(application, to, version)
    _require_person(application, move, by)
    if move.needs_consent:
        require_consent(application)
    wish = Wish(
        by=by,
        now=now,
        notes=checked_text(notes, field="notes", longest=LONGEST_NOTES),
        reasons=_checked_reasons(reasons, to),
        amount=_checked_wish(to, approved_amount, disbursed_amount),
        yearly_rate_percent=yearly_rate_percent,
        tenor_months=tenor_months,
    )
    _require_fitting(application, to, move, wish)
    _take(application, to, wish)
    return application


def submit(application: LoanApplication, *, by: User, now: datetime) -> None:
    """Submit a draft that the caller has locked or just made."""
    _take(application, pipeline.SUBMITTED, Wish(by, now, "", (), None, None, None))


# ── Who may, and with what ─────────────────────────────────────────────────────────────


def _legal(application: LoanApplication, to: str, version: int | None) -> pipeline.Move:
    move = pipeline.MOVES.get((application.status, to))
    if move is None and to in pipeline.DECISIONS and application.decided_by_id:
        raise overtaken(application)
    require_version(application, version)
    if move is None:
        labels = dict(LoanApplication.Status.choices)
        raise IllegalMove(
            _("An application cannot go from %(from)s to %(to)s.")
            % {"from": application.get_status_display(), "to": labels.get(to, to)}
        )
    return move


def _require_person(application: LoanApplication, move: pipeline.Move, by: User) -> None:
    if by.role not in move.roles:
        raise RoleMayNotMove(_("Only an approver of the bank takes this step."))
    if move.by_another and by.pk in (application.made_by_id, application.submitted_by_id):
        raise SecondPersonNeeded(
            _("Whoever made or submitted an application does not decide it; ask another approver.")
        )


def _checked_reasons(codes: Sequence[str], to: str) -> list[str]:
    chosen = list(dict.fromkeys(codes))
    if unknown := set(chosen) - set(reasons.choices(to)):
        text = _("These reasons do not fit this step: %(codes)s") % {
            "codes": ", ".join(sorted(map(str, unknown)))[:200]
        }
        raise UnknownReason(text, fields={"reasons": text})
    if len(chosen) > reasons.MOST:
        text = _("Choose at most %(count)s reasons.") % {"count": reasons.MOST}
        raise UnknownReason(text, fields={"reasons": text})
    return chosen


def _checked_wish(
    to: str, approved_amount: Decimal | None, disbursed_amount: Decimal | None
) -> Decimal | None:
    if disbursed_amount is not None and to != pipeline.DISBURSED:
        raise _not_now("disbursed_amount")
    if approved_amount is not None and to not in (pipeline.APPROVED, pipeline.DISBURSED):
        raise _not_now("approved_amount")
    if disbursed_amount is not None:
        return checked_amount(disbursed_amount, field="disbursed_amount")
    if approved_amount is not None:
        return checked_amount(approved_amount, field="approved_amount")
    return None


def _require_fitting(
    application: LoanApplication, to: str, move: pipeline.Move, wish: Wish
) -> None:
    if to != pipeline.APPROVED:
        for name in ("yearly_rate_percent", "tenor_months"):
            if getattr(wish, name) is not None:
                raise _not_now(name)
    if move.needs_notes and not wish.notes:
        raise _notes_required(_("Please say why."))
    recommendation = application.assessment.get("recommendation", "")
    deviates = checks.deviates(decision=to, recommendation=recommendation)
    if deviates and len(wish.notes) < LEAST_EXPLANATION:
        raise _notes_required(
            _("This goes against the recommendation: please say why, in at least 20 characters.")
        )


def _not_now(field: str) -> NotForThisStep:
    text = _("This cannot be set with this step.")
    return NotForThisStep(text, fields={field: text})


def _notes_required(text: str) -> NotesRequired:
    return NotesRequired(text, fields={"notes": text})


# ── The steps ──────────────────────────────────────────────────────────────────────────


def _take(application: LoanApplication, to: str, wish: Wish) -> None:
    before = state_of(application)
    step, action, topic = _STEPS[to]
    step(application, wish)
    application.status = to
    note_step(application, action=action, before=before, by=wish.by, now=wish.now, notes=wish.notes)
    if to == pipeline.DISBURSED:
        _write_installments(application, wish.now)
    if topic:
        announce(topic, application_id=application.pk)


def _submit(application: LoanApplication, wish: Wish) -> None:
    freeze(application, now=wish.now)
    days = terms_of(application.bank).decision_days
    application.submitted_by, application.submitted_at = wish.by, wish.now
    application.due_at = wish.now + timedelta(days=days)


def _give_back(application: LoanApplication, wish: Wish) -> None:
    application.submitted_by = application.submitted_at = application.due_at = None


def _review(application: LoanApplication, wish: Wish) -> None:
    """Nothing changes but the status."""


def _approve(application: LoanApplication, wish: Wish) -> None:
    amount = wish.amount or application.amount
    if amount > application.amount:
        text = _("At most the requested %(amount)s can be approved.") % {
            "amount": rupiah(application.amount)
        }
        raise ExceedsRequested(text, fields={"approved_amount": text})
    application.approved_amount = amount
    if wish.yearly_rate_percent is not None:
        application.yearly_rate_percent = checked_rate(wish.yearly_rate_percent)
    if wish.tenor_months is not None:
        application.tenor_months = checked_tenor(wish.tenor_months)
    _decide(application, wish)


def _decide(application: LoanApplication, wish: Wish) -> None:
    application.decided_by, application.decided_at = wish.by, wish.now
    application.decision_notes, application.decision_reasons = wish.notes, wish.reasons


def _disburse(application: LoanApplication, wish: Wish) -> None:
    amount = wish.amount or application.approved_amount
    if amount > application.approved_amount:
        text = _("At most the approved %(amount)s can be paid out.") % {
            "amount": rupiah(application.approved_amount)
        }
        raise ExceedsApproved(text, fields={"disbursed_amount": text})
    application.disbursed_by, application.disbursed_at = wish.by, wish.now
    application.disbursed_amount = amount


_STEPS: dict[str, tuple[Callable[[LoanApplication, Wish], None], str, str]] = {
    pipeline.DRAFT: (_give_back, "loan.returned", ""),
    pipeline.SUBMITTED: (_submit, "loan.submitted", "loan.submitted"),
    pipeline.UNDER_REVIEW: (_review, "loan.taken_under_review", ""),
    pipeline.APPROVED: (_approve, "loan.approved", "loan.decided"),
    pipeline.REJECTED: (_decide, "loan.rejected", "loan.decided"),
    pipeline.DISBURSED: (_disburse, "loan.disbursed", "loan.disbursed"),
}


def _write_installments(application: LoanApplication, now: datetime) -> None:
    paid_out_on = business_day(now)
    lines = schedule(
        principal=application.disbursed_amount,
        yearly_rate_percent=application.yearly_rate_percent,
        tenor_months=application.tenor_months,
        method=application.method,
        first_due=add_months(paid_out_on, 1),
        due_day=paid_out_on.day,
    )
    Installment.objects.bulk_create(
        Installment(
            application=application,
            number=line.number,
            due_date=line.due_date,
            principal=line.principal,
            interest=line.interest,
        )
        for line in lines
    )
