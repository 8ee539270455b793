"""Money comes back on a loan; the bank's own reference makes it count once."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from banking.domain import pipeline
from banking.models import Installment, LoanApplication, Repayment
from banking.services.lending import checked_amount, checked_text, locked_application
from core import audit
from core.dates import business_day
from core.errors import Conflict, InvalidInput
from core.formats import rupiah

LONGEST_REFERENCE = 64


class NotDisbursed(Conflict):
    code = "not_disbursed"


class InvalidReference(InvalidInput):
    code = "invalid_reference"


class ReferenceTaken(Conflict):
    code = "reference_taken"


class InvalidPaymentDay(InvalidInput):
    code = "invalid_payment_day"


class ExceedsOutstanding(InvalidInput):
    code = "exceeds_outstanding"


@transaction.atomic
def record_repayment(
    *, code: str, reference: str, amount: Decimal, paid_on: date, by: User, now: datetime
) -> Repayment:
    """
    Record money that came back on a loan: it pays the oldest instalments, interest before principal.

    The same reference again returns the first repayment and changes nothing. The loan is repaid once
    nothing is left. A withdrawn consent does not matter: debts are paid back all the same.

    Raises NotABankPerson, ApplicationNotFound, NotDisbursed, InvalidFigure, InvalidReference,
    InvalidPaymentDay (before the disbursement or in the future), ExceedsOutstanding, and
    ReferenceTaken when the reference stands for another amount.
    """
    loan = locked_application(by=by, code=code)
    amount = checked_amount(amount, field="amount")
    reference = _checked_reference(reference)
    if loan.status != pipeline.DISBURSED:
        raise NotDisbursed(_("This loan has not been paid out."))
    if known := Repayment.objects.filter(application=loan, reference=reference).first():
        return _the_same(known, amount)
    _require_day(loan, paid_on, now)
    _allocate(loan, amount, paid_on, now)
    repayment = Repayment.objects.create(
        application=loan,
        reference=reference,
        amount=amount,
        paid_on=paid_on,
        recorded_by=by,
        recorded_at=now,
    )
    audit.record(
        "loan.repayment_recorded",
        by=by,
        subject=loan,
        now=now,
        reference=reference,
        amount=f"{amount:.2f}",
        paid_on=paid_on.isoformat(),
        is_repaid=loan.repaid_at is not None,
    )
    return repayment


def _the_same(known: Repayment, amount: Decimal) -> Repayment:
    if known.amount != amount:
        raise ReferenceTaken(
            _("This reference was recorded with another amount: %(amount)s.")
            % {"amount": rupiah(known.amount)}
        )
    return known


def _checked_reference(reference: str) -> str:
    text = checked_text(reference, field="reference", longest=LONGEST_REFERENCE)
    if not text or not text.isprintable():
        message = _("Please name the payment's reference.")
        raise InvalidReference(message, fields={"reference": message})
    return text


def _require_day(loan: LoanApplication, paid_on: date, now: datetime) -> None:
    if not business_day(loan.disbursed_at) <= paid_on <= business_day(now):
        text = _("The payment's day lies between the disbursement and today.")
        raise InvalidPaymentDay(text, fields={"paid_on": text})


def _allocate(loan: LoanApplication, amount: Decimal, paid_on: date, now: datetime) -> None:
    """Pay the oldest instalments; the caller holds the loan's lock."""
    unpaid = list(loan.installments.filter(paid_on=None).order_by("number"))
    left = sum((_owed(line) for line in unpaid), Decimal(0))
    if amount > left:
        text = _("At most %(amount)s is still owed.") % {"amount": rupiah(left)}
        raise ExceedsOutstanding(text, fields={"amount": text})
    rest, touched = amount, []
    for line in unpaid:
        part = min(rest, _owed(line))
        # Of a few sen, some instalments owe nothing.
        if not part and _owed(line):
            break
        line.paid_amount += part
        line.paid_on = None if _owed(line) else paid_on
        rest -= part
        touched.append(line)
    Installment.objects.bulk_update(touched, ["paid_amount", "paid_on"])
    if amount == left:
        loan.repaid_at = now
    loan.version += 1
    loan.updated_at = now
    loan.save(update_fields=["repaid_at", "version", "updated_at"])


def _owed(line: Installment) -> Decimal:
    return line.principal + line.interest - line.paid_amount
