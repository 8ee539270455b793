"""A loan and its instalments as rows: locked, closed when paid, opened again; and who hears of it."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from core.errors import NotFound
from koperasi_risk.domain import collectability, ledger
from koperasi_risk.models import Guarantor, Loan, LoanInstallment, Tenant
from koperasi_risk.services.changes import note_change

UNPAID = (
    F("principal_due") - F("principal_paid") + F("interest_due") - F("interest_paid")
    + F("penalty_due") - F("penalty_paid")
)  # fmt: skip


class LoanNotFound(NotFound):
    code = "loan_not_found"


def locked_loan(tenant: Tenant, loan_id: int) -> Loan:
    """Return a loan that nobody else changes until the transaction ends. Raises LoanNotFound."""
    loans = Loan.objects.of(tenant).select_for_update(of=("self",))
    loan = loans.filter(pk=loan_id).first()
    if loan is None:
        raise LoanNotFound(_("This loan was not found."))
    return loan


def still_owed(tenant: Tenant, loan: Loan) -> Decimal:
    """Return what is unpaid of a loan: principal, interest and penalties."""
    lines = LoanInstallment.objects.of(tenant).filter(loan=loan)
    return lines.aggregate(owed=Sum(UNPAID))["owed"] or Decimal(0)


def note_loan_change(tenant: Tenant, loan: Loan, *, now: datetime) -> None:
    """Tell of the borrower, and of those who answer for the loan."""
    note_change(tenant, {loan.member_id, *guarantors_of(tenant, [loan.pk])}, now=now)


def guarantors_of(tenant: Tenant, loans: Iterable[int]) -> set[int]:
    """Return who answers for these loans: what becomes of them is in their factors, too."""
    guarantors = Guarantor.objects.of(tenant).filter(loan__in=loans)
    return set(guarantors.values_list("member", flat=True))


def close_when_paid(tenant: Tenant, loan: Loan, *, on: date, now: datetime) -> None:
    """Settle a loan of which nothing is left, with what it was in its last days; the caller holds its lock."""
    if not still_owed(tenant, loan):
        loan.closed_collectability = class_of(tenant, loan, on=on, with_paid_today=True)
        loan.status, loan.closed_on = Loan.Status.SETTLED, on
        loan.save(update_fields=["status", "closed_on", "closed_collectability"])
    note_loan_change(tenant, loan, now=now)


def reopen(tenant: Tenant, loan: Loan, *, now: datetime) -> None:
    """Open a settled loan again, of which something is owed after all."""
    if loan.status == Loan.Status.SETTLED:
        was_restructured = loan.restructurings.of(tenant).exists()
        loan.status = Loan.Status.RESTRUCTURED if was_restructured else Loan.Status.DISBURSED
        loan.closed_on = loan.closed_collectability = None
        loan.save(update_fields=["status", "closed_on", "closed_collectability"])
    note_loan_change(tenant, loan, now=now)


def class_of(tenant: Tenant, loan: Loan, *, on: date, with_paid_today: bool = False) -> int:
    """Return a loan's collectability on a day; what was paid that day may be seen as unpaid yet."""
    lines = LoanInstallment.objects.of(tenant).filter(loan=loan).order_by("due_date", "number")
    as_it_was = ledger.Loan(
        id=loan.pk,
        status=loan.status,
        principal=loan.principal,
        disbursed_on=loan.disbursed_on or loan.applied_on,
        installments=tuple(_line(row, on if with_paid_today else None) for row in lines),
        is_in_litigation=loan.is_in_litigation,
        collateral_value=_cover(tenant, loan, on),
    )
    return collectability.of_loan(as_it_was, preset=tenant.collectability_preset, as_of=on)


def _line(row: LoanInstallment, unpaid_on: date | None) -> ledger.Installment:
    amount = row.principal_due + row.interest_due
    unpaid = amount - row.principal_paid - row.interest_paid
    if unpaid_on and row.paid_in_full_on == unpaid_on:
        return ledger.Installment(row.due_date, amount, amount)
    return ledger.Installment(row.due_date, amount, unpaid, row.paid_in_full_on)


def _cover(tenant: Tenant, loan: Loan, on: date) -> Decimal:
    valid = Q(valid_until=None) | Q(valid_until__gte=on)
    held = loan.collaterals.of(tenant).filter(valid, Q(released_on=None) | Q(released_on__gt=on))
    worth = F("appraised_value") * (100 - F("haircut_percent")) / 100
    return held.aggregate(worth=Sum(worth))["worth"] or Decimal(0)
