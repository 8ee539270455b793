"""The second part of a member's page: what the member borrowed, saves, and answers for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

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

PAID = F("principal_paid") + F("interest_paid")


@dataclass(frozen=True)
class LoanStanding:
    """
    One loan with where it stands. Nothing is overdue on a loan that is not open; `unpaid` is what was
    lost where it was written off, else what is outstanding.
    """

    loan: Loan
    installments: Sequence[LoanInstallment]
    today: date
    collectability: int | None = None
    days_past_due: int = 0

    @property
    def is_open(self) -> bool:
        return self.loan.status in Loan.OPEN

    @property
    def count(self) -> int:
        return len(self.installments)

    @property
    def paid_count(self) -> int:
        return self.count - len(self._unpaid)

    @property
    def paid_percent(self) -> Decimal:
        return Decimal(100 * self.paid_count) / self.count if self.count else Decimal(0)

    @property
    def unpaid(self) -> Decimal:
        return sum((row.unpaid for row in self._unpaid), Decimal(0))

    @property
    def overdue(self) -> Decimal:
        late = [row.unpaid for row in self._unpaid if self.is_open and row.due_date < self.today]
        return sum(late, Decimal(0))

    @property
    def next_due(self) -> LoanInstallment | None:
        ahead = (row for row in self._unpaid if self.is_open and row.due_date >= self.today)
        return next(ahead, None)

    @cached_property
    def _unpaid(self) -> list[LoanInstallment]:
        return [row for row in self.installments if row.unpaid]


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
    return rows.annotate(paid=PAID, unpaid=F("principal_due") + F("interest_due") - PAID)


def _guarantors(tenant: Tenant):
    people = Guarantor.objects.of(tenant).filter(ended_on=None).select_related("member")
    return people.defer("member__nik", "member__nik_index").order_by("pk")


def _standing(loan: Loan, known: ledger.Loan | None, tenant: Tenant, today: date) -> LoanStanding:
    installments = list(loan.installments.all())
    if known is None:
        return LoanStanding(loan, installments, today)
    level = collectability.of_loan(known, preset=tenant.collectability_preset, as_of=today)
    days = collectability.days_past_due(known, today)
    return LoanStanding(loan, installments, today, level, days)
