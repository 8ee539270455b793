"""What members borrow: asked for, decided, paid out by a schedule, restructured, settled, written off."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput
from koperasi_risk.domain.schedules import schedule
from koperasi_risk.models import (
    Loan,
    LoanInstallment,
    LoanRepayment,
    LoanRestructuring,
    Member,
    RepaymentAllocation,
    Tenant,
)
from koperasi_risk.services.loan_rows import locked_loan, note_loan_change, still_owed
from koperasi_risk.services.members import locked_member
from koperasi_risk.services.repayments import ExceedsDebt, record_repayment

Status = Loan.Status
# Beyond it a rate is a slip of the finger, and what is due fits in no column.
MOST_PERCENT = 1000


class InvalidLoan(InvalidInput):
    code = "invalid_loan"


class LoanNumberTaken(Conflict):
    code = "loan_number_taken"


class ImpossibleLoanStep(Conflict):
    code = "impossible_loan_step"


class NothingOwed(Conflict):
    code = "nothing_owed"


@dataclass(frozen=True, kw_only=True)
class LoanTerms:
    """How a loan is lent, as the columns of Loan have it."""

    principal: Decimal
    tenor_months: int
    method: str = Loan.Method.FLAT
    rate_percent: Decimal = Decimal(0)
    rate_period: str = Loan.RatePeriod.TENOR
    contract: str = Loan.Contract.LOAN
    purpose: str = Loan.Purpose.OTHER


@transaction.atomic
def add_loan(
    *,
    tenant: Tenant,
    member_id: int,
    number: str,
    terms: LoanTerms,
    applied_on: date,
    by: User,
    now: datetime,
) -> Loan:
    """
    Add a loan that a member asks for; nothing is owed yet.

    Raises MemberNotFound, InvalidLoan naming the fields, LoanNumberTaken.
    """
    member = locked_member(tenant, member_id)
    if member.status == Member.Status.LEFT:
        text = _("This member has left.")
        raise InvalidLoan(text, fields={"member": text})
    loan = Loan(tenant=tenant, member=member, number=number, applied_on=applied_on, **vars(terms))
    _refuse_nonsense(loan, tenant.today(now))
    try:
        with transaction.atomic():
            loan.save(force_insert=True)
    except IntegrityError as error:
        text = _("There is a loan with this number already.")
        raise LoanNumberTaken(text, fields={"number": text}) from error
    _record("koperasi.loan_added", loan, by=by, now=now)
    return loan


def _refuse_nonsense(loan: Loan, today: date) -> None:
    try:
        loan.full_clean(
            exclude=["tenant", "member"], validate_unique=False, validate_constraints=False
        )
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise InvalidLoan(fields=fields) from error
    if loan.rate_percent > MOST_PERCENT:
        text = _("A rate is at most %(most)s%%.") % {"most": MOST_PERCENT}
        raise InvalidLoan(text, fields={"rate_percent": text})
    if loan.applied_on > today:
        text = _("The day lies in the future.")
        raise InvalidLoan(text, fields={"applied_on": text})


@transaction.atomic
def decide_loan(
    *, tenant: Tenant, loan_id: int, approve: bool, on: date, by: User, now: datetime, why: str = ""
) -> Loan:
    """Approve or reject a loan that was asked for; the same decision again is nothing."""
    loan, to = locked_loan(tenant, loan_id), Status.APPROVED if approve else Status.REJECTED
    if loan.status == to:
        return loan
    _require(loan, Status.PENDING)
    _require_day(on, since=loan.applied_on, today=tenant.today(now))
    loan.status, loan.approved_on = to, on if approve else None
    loan.save(update_fields=["status", "approved_on"])
    _record("koperasi.loan_decided", loan, by=by, now=now, reason=why, went_to=to)
    return loan


@transaction.atomic
def disburse_loan(*, tenant: Tenant, loan_id: int, on: date, by: User, now: datetime) -> Loan:
    """
    Pay an approved loan out: its instalments fall due month by month from then. Repeating is nothing.

    Raises LoanNotFound, ImpossibleLoanStep, InvalidLoan for a day before it was approved or in the future.
    """
    loan = locked_loan(tenant, loan_id)
    if loan.status == Status.DISBURSED and loan.disbursed_on == on:
        return loan
    _require(loan, Status.APPROVED)
    _require_day(on, since=loan.approved_on, today=tenant.today(now))
    loan.status, loan.disbursed_on = Status.DISBURSED, on
    loan.save(update_fields=["status", "disbursed_on"])
    _add_lines(tenant, loan, _lines(loan, loan.principal, on))
    note_loan_change(tenant, loan, now=now)
    _record("koperasi.loan_disbursed", loan, by=by, now=now)
    return loan


def _lines(loan: Loan, principal: Decimal, since: date):
    return schedule(
        principal=principal,
        rate_percent=loan.rate_percent,
        rate_period=loan.rate_period,
        tenor_months=loan.tenor_months,
        method=loan.method,
        disbursed_on=since,
    )


def _add_lines(tenant: Tenant, loan: Loan, lines, *, after: int = 0) -> None:
    LoanInstallment.objects.bulk_create(
        LoanInstallment(
            tenant=tenant,
            loan=loan,
            number=after + line.number,
            due_date=line.due_date,
            principal_due=line.principal,
            interest_due=line.interest,
        )
        for line in lines
    )


@transaction.atomic
def restructure_loan(
    *,
    tenant: Tenant,
    loan_id: int,
    on: date,
    tenor_months: int,
    by: User,
    now: datetime,
    rate_percent: Decimal | None = None,
    reason: str = "",
) -> Loan:
    """
    Spread what is left of a loan over a new tenor from a day on; interest and penalties owed come first.

    What was paid stays as it is, and the loan keeps the mark. Twice on one day is once.
    Raises LoanNotFound, ImpossibleLoanStep, InvalidLoan, NothingOwed.
    """
    loan = locked_loan(tenant, loan_id)
    if LoanRestructuring.objects.of(tenant).filter(loan=loan, on=on).exists():
        return loan
    _require(loan, *Loan.OPEN)
    _require_day(on, since=loan.disbursed_on, today=tenant.today(now))
    left = _cut(tenant, loan, on)
    if not left.principal:
        raise NothingOwed(_("Nothing is left of this loan."))
    loan.tenor_months = tenor_months
    loan.rate_percent = loan.rate_percent if rate_percent is None else rate_percent
    _refuse_nonsense(loan, tenant.today(now))
    loan.status = Status.RESTRUCTURED
    loan.save(update_fields=["tenor_months", "rate_percent", "status"])
    first, *rest = _lines(loan, left.principal, on)
    first = replace(first, interest=first.interest + left.interest)
    _add_lines(tenant, loan, [first, *rest], after=left.last_number)
    first_row = LoanInstallment.objects.of(tenant).filter(loan=loan, number=left.last_number + 1)
    first_row.update(penalty_due=left.penalty)
    LoanRestructuring.objects.create(tenant=tenant, loan=loan, on=on, reason=reason[:200])
    note_loan_change(tenant, loan, now=now)
    _record("koperasi.loan_restructured", loan, by=by, now=now, reason=reason)
    return loan


@dataclass(frozen=True)
class _Left:
    """What is still owed of a loan: all principal, but interest and penalties of past months alone."""

    principal: Decimal
    interest: Decimal
    penalty: Decimal
    last_number: int


def _cut(tenant: Tenant, loan: Loan, on: date) -> _Left:
    """Leave of the old schedule what was paid, and say what is left."""
    lines = LoanInstallment.objects.of(tenant).filter(loan=loan)
    unpaid = Sum(F("principal_due") - F("principal_paid"))
    principal = lines.aggregate(left=unpaid)["left"] or Decimal(0)
    past = lines.filter(due_date__lte=on).aggregate(
        interest=Sum(F("interest_due") - F("interest_paid")),
        penalty=Sum(F("penalty_due") - F("penalty_paid")),
    )
    touched = RepaymentAllocation.objects.of(tenant).filter(installment__loan=loan)
    open_lines = lines.filter(paid_in_full_on=None)
    untouched = open_lines.filter(principal_paid=0, interest_paid=0, penalty_paid=0)
    untouched.exclude(pk__in=touched.values("installment")).delete()
    open_lines.update(
        principal_due=F("principal_paid"), interest_due=F("interest_paid"), paid_in_full_on=on
    )
    lines.update(penalty_due=F("penalty_paid"))
    last = lines.aggregate(last=Max("number"))["last"] or 0
    return _Left(principal, past["interest"] or Decimal(0), past["penalty"] or Decimal(0), last)


def payoff(tenant: Tenant, loan: Loan, *, on: date) -> Decimal:
    """Return what settles a loan on a day: all principal, with interest and penalties until then."""
    lines = LoanInstallment.objects.of(tenant).filter(loan=loan)
    later = lines.filter(due_date__gt=on).aggregate(
        waived=Sum(F("interest_due") - F("interest_paid"))
    )["waived"]
    return still_owed(tenant, loan) - (later or Decimal(0))


@transaction.atomic
def settle_loan(
    *,
    tenant: Tenant,
    loan_id: int,
    reference: str,
    amount: Decimal,
    on: date,
    by: User,
    now: datetime,
) -> LoanRepayment:
    """
    Settle a loan early: interest that is not due yet is waived, the rest is paid by one repayment.

    Repeating returns the same repayment. Raises as `record_repayment` does, and ExceedsDebt or
    InvalidLoan when the amount is not what settles it.
    """
    loan = locked_loan(tenant, loan_id)
    if loan.status in Loan.OPEN:
        due = payoff(tenant, loan, on=on)
        if amount > due:
            raise ExceedsDebt(due)
        if amount < due:
            text = _("This does not settle the loan: more is owed.")
            raise InvalidLoan(text, fields={"amount": text})
        later = LoanInstallment.objects.of(tenant).filter(loan=loan, due_date__gt=on)
        later.update(interest_due=F("interest_paid"))
    return record_repayment(
        tenant=tenant,
        loan_id=loan_id,
        reference=reference,
        amount=amount,
        paid_on=on,
        by=by,
        now=now,
    )


@transaction.atomic
def write_off_loan(
    *, tenant: Tenant, loan_id: int, on: date, by: User, now: datetime, reason: str = ""
) -> Loan:
    """
    Write off an open loan: it is in the member's history for ever. Repeating is nothing.

    Raises LoanNotFound, ImpossibleLoanStep, InvalidLoan.
    """
    loan = locked_loan(tenant, loan_id)
    if loan.status == Status.WRITTEN_OFF:
        return loan
    _require(loan, *Loan.OPEN)
    _require_day(on, since=loan.disbursed_on, today=tenant.today(now))
    loan.status, loan.closed_on, loan.closed_collectability = Status.WRITTEN_OFF, on, 5
    loan.save(update_fields=["status", "closed_on", "closed_collectability"])
    note_loan_change(tenant, loan, now=now)
    _record("koperasi.loan_written_off", loan, by=by, now=now, reason=reason)
    return loan


def _require(loan: Loan, *statuses: str) -> None:
    if loan.status not in statuses:
        raise ImpossibleLoanStep(
            _("This cannot be done with a loan that is: %(status)s.")
            % {"status": loan.get_status_display()}
        )


def _require_day(on: date, *, since: date | None, today: date) -> None:
    if on > today or (since and on < since):
        text = _("The day lies in the future, or before the step before.")
        raise InvalidLoan(text, fields={"on": text})


def _record(
    action: str, loan: Loan, *, by: User, now: datetime, reason: str = "", **detail
) -> None:
    audit.record(action, now=now, by=by, subject=loan, reason=reason, number=loan.number, **detail)
