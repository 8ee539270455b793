"""Koperasi, members and what they save and owe, made plainly, with overrides."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from accounts.models import Organisation, Role, User
from core.tenancy import enter, tenant_scope
from koperasi_risk.models import (
    Loan,
    LoanInstallment,
    Member,
    RiskRule,
    SavingsAccount,
    SavingsMovement,
    Tenant,
    TenantMembership,
    TenantRole,
)

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 12.00 in Jakarta
TODAY = date(2026, 3, 2)
_numbers = count(1)


@contextmanager
def a_koperasi(name: str, *people: User, roles=tuple(TenantRole), **settings) -> Iterator[Tenant]:
    """Yield a koperasi of these people, in whose scope the block stands."""
    organisation = Organisation.objects.create(
        code=name.upper().replace(" ", "-")[:20], name=name, kind=Organisation.Kind.KOPERASI
    )
    with tenant_scope(organisation.pk):
        tenant = Tenant.objects.create(organisation=organisation, **settings)
        for person in people:
            TenantMembership.objects.create(tenant=tenant, user=person, roles=list(roles))
        yield tenant


def step_into(tenant: Tenant) -> None:
    """Stand in another koperasi's scope for the rest of the present one."""
    enter(tenant.pk)


def a_person(name: str, tenant: Tenant, *roles: str) -> User:
    """Return somebody who works for a koperasi in these roles."""
    person = User.objects.create(
        email=f"{name.lower()}{next(_numbers)}@koperasi.example",
        full_name=name,
        role=Role.KOPERASI_STAFF,
    )
    TenantMembership.objects.create(tenant=tenant, user=person, roles=list(roles))
    return person


def a_member(tenant: Tenant, **changes) -> Member:
    number = next(_numbers)
    details = {
        "number": f"A-{number:04}",
        "full_name": f"Anggota {number}",
        "joined_on": date(2022, 11, 1),
        "changed_at": NOON,
    }
    return Member.objects.create(tenant=tenant, **(details | changes))


def an_account(member: Member, kind: str, **changes) -> SavingsAccount:
    return SavingsAccount.objects.create(
        tenant_id=member.tenant_id, member=member, kind=kind, **changes
    )


def a_movement(account: SavingsAccount, amount, on: date, **changes) -> SavingsMovement:
    details = {"kind": SavingsMovement.Kind.DEPOSIT, "status": SavingsMovement.Status.VERIFIED}
    return SavingsMovement.objects.create(
        tenant_id=account.tenant_id, account=account, amount=amount, on=on, **(details | changes)
    )


def a_loan(member: Member, **changes) -> Loan:
    """Return a disbursed loan without instalments."""
    details = {
        "number": f"P-{next(_numbers):04}",
        "principal": Decimal(12_000_000),
        "tenor_months": 12,
        "status": Loan.Status.DISBURSED,
        "applied_on": date(2025, 9, 1),
        "disbursed_on": date(2025, 9, 5),
    }
    return Loan.objects.create(tenant_id=member.tenant_id, member=member, **(details | changes))


def an_installment(loan: Loan, number: int, due: date, **changes) -> LoanInstallment:
    details = {"principal_due": Decimal(1_000_000), "interest_due": Decimal(100_000)}
    return LoanInstallment.objects.create(
        tenant_id=loan.tenant_id, loan=loan, number=number, due_date=due, **(details | changes)
    )


def a_rule(tenant: Tenant, factor: str, **changes) -> RiskRule:
    """Return a rule as it lies in the table, past the services."""
    details = {
        "factor_key": factor.strip().lower(),
        "weight": Decimal(10),
        "threshold": Decimal(0),
        "risk_category": "sedang",
        "auto_action": "MANUAL_REVIEW",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return RiskRule.objects.create(tenant=tenant, factor=factor, **(details | changes))
