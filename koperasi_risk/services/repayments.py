"""Members pay back: each repayment counts once, pays the oldest instalments, and is undone by another row."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput, NotFound
from core.formats import rupiah
from koperasi_risk.domain.repaying import PARTS, Owed, spread
from koperasi_risk.models import (
    Loan,
    LoanInstallment,
    LoanRepayment,
    RepaymentAllocation,
    Tenant,
)
from koperasi_risk.services.loan_rows import close_when_paid, locked_loan, reopen
from koperasi_risk.services.savings import ReferenceTaken


class RepaymentNotFound(NotFound):
    code = "repayment_not_found"


class InvalidRepayment(InvalidInput):
    code = "invalid_repayment"


class NotDisbursed(Conflict):
    code = "not_disbursed"


class ExceedsDebt(Conflict):
    """More is paid than owed; `owed` is what is still due."""

    code = "exceeds_debt"

    def __init__(self, owed: Decimal):
        self.owed = owed
        text = _("At most %(amount)s is still owed.") % {"amount": rupiah(owed)}
        super().__init__(text, fields={"amount": text})


@transaction.atomic
def record_repayment(
    *,
    tenant: Tenant,
    loan_id: int,
    reference: str,
    amount: Decimal,
    paid_on: date,
    by: User,
    now: datetime,
    method: str = "",
) -> LoanRepayment:
    """
    Record money paid on a loan: oldest instalments first, penalty before interest before principal.

    The same reference again returns the first repayment and changes nothing. A loan of which nothing
    is left is settled.

    Raises LoanNotFound, NotDisbursed, InvalidRepayment, ExceedsDebt, and ReferenceTaken when the reference
    stands for something else.
    """
    loan = locked_loan(tenant, loan_id)
    reference = _checked(loan, reference, amount, paid_on, today=tenant.today(now))
    if known := _known(tenant, reference):
        return _the_same(known, loan, amount, paid_on)
    if loan.status not in Loan.OPEN:
        raise NotDisbursed(_("Nothing can be paid on this loan as it stands."))
    unpaid = _unpaid(tenant, loan)
    owed = sum((line.total for line in map(_owed, unpaid)), Decimal(0))
    if amount > owed:
        raise ExceedsDebt(owed)
    repayment = _stored(
        tenant,
        loan,
        reference=reference,
        amount=amount,
        paid_on=paid_on,
        method=method,
        by=by,
        now=now,
    )
    shares = spread(amount, map(_owed, unpaid))
    _allocate(tenant, repayment, unpaid, shares)
    close_when_paid(tenant, loan, on=paid_on, now=now)
    _tell(repayment, "koperasi.repaid", loan, by=by, now=now)
    return repayment


def _checked(loan: Loan, reference: str, amount: Decimal, paid_on: date, *, today: date) -> str:
    reference = reference.strip()
    if not reference or len(reference) > 60 or not reference.isprintable():
        text = _("Please name the payment's reference.")
        raise InvalidRepayment(text, fields={"reference": text})
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        text = _("Please write an amount of rupiah above 0.")
        raise InvalidRepayment(text, fields={"amount": text})
    if paid_on > today or (loan.disbursed_on and paid_on < loan.disbursed_on):
        text = _("The payment's day lies between the disbursement and today.")
        raise InvalidRepayment(text, fields={"paid_on": text})
    return reference


def _known(tenant: Tenant, reference: str) -> LoanRepayment | None:
    return LoanRepayment.objects.of(tenant).filter(reference=reference).first()


def _the_same(known: LoanRepayment, loan: Loan, amount: Decimal, paid_on: date) -> LoanRepayment:
    if (known.loan_id, known.amount, known.paid_on, known.reverses_id) != (
        (loan.pk, amount, paid_on, None)
    ):
        raise ReferenceTaken(_("This reference was recorded with other details."))
    return known


def _stored(tenant: Tenant, loan: Loan, *, now: datetime, **details) -> LoanRepayment:
    try:
        with transaction.atomic():
            return LoanRepayment.objects.create(
                tenant=tenant, loan=loan, recorded_at=now, **details
            )
    except IntegrityError as error:
        # A repayment of another loan took the reference meanwhile.
        raise ReferenceTaken(_("This reference was recorded with other details.")) from error


# ── Spreading, and taking back ─────────────────────────────────────────────────────────
def _unpaid(tenant: Tenant, loan: Loan) -> list[LoanInstallment]:
    lines = LoanInstallment.objects.of(tenant).filter(loan=loan).order_by("due_date", "number")
    return [line for line in lines if _owed(line).total]


def _owed(line: LoanInstallment) -> Owed:
    return Owed(
        line.pk,
        **{part: getattr(line, f"{part}_due") - getattr(line, f"{part}_paid") for part in PARTS},
    )


def _allocate(tenant, repayment, lines: Sequence[LoanInstallment], shares: Sequence[Owed]) -> None:
    by_id = {line.pk: line for line in lines}
    for share in shares:
        _add(by_id[share.id], share, on=repayment.paid_on)
    RepaymentAllocation.objects.bulk_create(
        RepaymentAllocation(
            tenant=tenant,
            repayment=repayment,
            installment=by_id[share.id],
            **{part: getattr(share, part) for part in PARTS},
        )
        for share in shares
    )
    columns = [f"{part}_paid" for part in PARTS]
    LoanInstallment.objects.bulk_update(
        [by_id[share.id] for share in shares], [*columns, "paid_in_full_on"]
    )


def _add(line: LoanInstallment, share: Owed, *, on: date) -> None:
    for part in PARTS:
        setattr(line, f"{part}_paid", getattr(line, f"{part}_paid") + getattr(share, part))
    is_full = (line.principal_paid, line.interest_paid) == (line.principal_due, line.interest_due)
    # Set once: a penalty that is paid later does not make the instalment late.
    line.paid_in_full_on = (line.paid_in_full_on or on) if is_full else None


@transaction.atomic
def reverse_repayment(
    *, tenant: Tenant, repayment_id: int, reference: str, by: User, now: datetime, why: str = ""
) -> LoanRepayment:
    """
    Undo a repayment by a row of its own; what it paid is owed again, and a settled loan is open again.

    Reversing twice returns the first reversal. Raises RepaymentNotFound, NotDisbursed when the loan was
    written off or restructured since, ReferenceTaken.
    """
    found = LoanRepayment.objects.of(tenant).filter(pk=repayment_id, reverses=None).first()
    if found is None:
        raise RepaymentNotFound()
    loan = locked_loan(tenant, found.loan_id)
    if known := LoanRepayment.objects.of(tenant).filter(reverses=found).first():
        return known
    if loan.status == Loan.Status.WRITTEN_OFF or _was_rewritten(tenant, loan, found):
        raise NotDisbursed(_("The loan has been written off or restructured since."))
    reversal = _stored(
        tenant, loan, reference=reference, amount=found.amount, paid_on=found.paid_on,
        method=found.method, reverses=found, by=by, now=now,
    )  # fmt: skip
    _take_back(tenant, found, reversal)
    reopen(tenant, loan, now=now)
    _tell(reversal, "koperasi.repayment_reversed", loan, by=by, now=now, reason=why)
    return reversal


def _was_rewritten(tenant: Tenant, loan: Loan, repayment: LoanRepayment) -> bool:
    return loan.restructurings.of(tenant).filter(on__gte=repayment.paid_on).exists()


def _take_back(tenant: Tenant, repayment: LoanRepayment, reversal: LoanRepayment) -> None:
    paid = RepaymentAllocation.objects.of(tenant).filter(repayment=repayment)
    paid = list(paid.select_related("installment").order_by("installment__number"))
    shares = [
        Owed(row.installment_id, **{part: -getattr(row, part) for part in PARTS}) for row in paid
    ]
    _allocate(tenant, reversal, [row.installment for row in paid], shares)


def _tell(repayment: LoanRepayment, action: str, loan: Loan, *, by, now, reason: str = "") -> None:
    audit.record(
        action,
        now=now,
        by=by,
        subject=loan,
        reason=reason,
        reference=repayment.reference,
        amount=f"{repayment.amount:.2f}",
        paid_on=repayment.paid_on.isoformat(),
        is_settled=loan.status == Loan.Status.SETTLED,
    )
