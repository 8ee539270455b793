"""The second part of a member's page: what the member borrowed, saves, and answers for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Prefetch
from django.http import HttpRequest

from koperasi_risk.domain import collectability, ledger
from koperasi_risk.models import (
    Collateral,
    ExternalDebt,
    Guarantor,
    Loan,
    LoanInstallment,
    Member,
    SavingsAccount,
    Tenant,
)
from koperasi_risk.selectors.ledgers import ledgers_of


@dataclass(frozen=True)
class LoanStanding:
    """One loan with where it stands; before it is paid out only the loan itself is there."""

    loan: Loan
    installments: Sequence[LoanInstallment]
    collectability: int | None = None
    days_past_due: int = 0
    outstanding: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    paid_count: int = 0
    count: int = 0
    next_due: ledger.Installment | None = None

    @property
    def paid_percent(self) -> Decimal:
        return Decimal(100 * self.paid_count) / self.count if self.count else Decimal(0)


def context(request: HttpRequest, member: Member, frame: dict) -> dict:
    tenant = request.seat.tenant
    today = tenant.today(frame["now"])
    accounts = SavingsAccount.objects.of(tenant).filter(member=member).order_by("kind", "pk")
    guarantees = Guarantor.objects.of(tenant).filter(member=member, ended_on=None)
    debts = ExternalDebt.objects.of(tenant).filter(member=member, closed_on=None)
    return {
        "loans": loan_standings(tenant, member, today=today),
        "accounts": list(accounts),
        "savings_total": sum((account.balance for account in accounts), Decimal(0)),
        "guarantees": list(guarantees.select_related("loan__member").order_by("pk")),
        "debts": list(debts.order_by("-as_of", "pk")),
        "today": today,
    }


def loan_standings(tenant: Tenant, member: Member, *, today: date) -> list[LoanStanding]:
    """Return a member's loans, running ones first, then the newest."""
    books = next(
        (book for *_, book in ledgers_of(tenant, as_of=today, member_ids=[member.pk])), None
    )
    known = {loan.id: loan for loan in books.loans} if books else {}
    loans = (
        Loan.objects.of(tenant)
        .filter(member=member)
        .order_by("-applied_on", "-pk")
        .prefetch_related(
            Prefetch("installments", _installments(tenant)),
            Prefetch("collaterals", Collateral.objects.of(tenant).filter(released_on=None)),
            Prefetch("guarantors", _guarantors(tenant)),
        )
    )
    standings = [_standing(loan, known.get(loan.pk), tenant, today) for loan in loans]
    return sorted(standings, key=lambda each: each.loan.status not in Loan.OPEN)


def _installments(tenant: Tenant):
    rows = LoanInstallment.objects.of(tenant).order_by("number")
    return rows.annotate(paid=F("principal_paid") + F("interest_paid"))


def _guarantors(tenant: Tenant):
    people = Guarantor.objects.of(tenant).filter(ended_on=None).select_related("member")
    return people.defer("member__nik", "member__nik_index").order_by("pk")


def _standing(loan: Loan, known: ledger.Loan | None, tenant: Tenant, today: date) -> LoanStanding:
    installments = list(loan.installments.all())
    if known is None:
        return LoanStanding(loan, installments)
    unpaid = sorted(
        (each for each in known.installments if each.unpaid), key=lambda each: each.due_date
    )
    return LoanStanding(
        loan=loan,
        installments=installments,
        collectability=collectability.of_loan(
            known, preset=tenant.collectability_preset, as_of=today
        ),
        days_past_due=collectability.days_past_due(known, today),
        outstanding=collectability.outstanding(known),
        overdue=sum((each.unpaid for each in unpaid if each.due_date < today), Decimal(0)),
        paid_count=len(known.installments) - len(unpaid),
        count=len(known.installments),
        next_due=next((each for each in unpaid if each.due_date >= today), None),
    )
