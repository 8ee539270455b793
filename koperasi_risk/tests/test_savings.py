from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from koperasi_risk.models import SavingsAccount, SavingsMovement
from koperasi_risk.services import savings
from koperasi_risk.services.savings import NewMovement
from koperasi_risk.tests.factories import NOON, TODAY, a_member, an_account

DEPOSIT = NewMovement(
    account_kind="VOLUNTARY", kind="DEPOSIT", amount=Decimal(200_000), on=TODAY, reference="S-1"
)
DRAWN = replace(DEPOSIT, kind="WITHDRAWAL", amount=Decimal(50_000), reference="S-2")


def record(tenant, member, by, movement=DEPOSIT, status="VERIFIED", **changes):
    return savings.record_movement(
        tenant=tenant, member_id=member.pk, movement=replace(movement, **changes), by=by, now=NOON,
        status=status,
    )  # fmt: skip


def balance(member, kind="VOLUNTARY") -> Decimal:
    return SavingsAccount.objects.get(member=member, kind=kind).balance


@pytest.fixture
def member(mekar):
    return a_member(mekar)


def test_what_counts_is_in_the_balance(mekar, member, wayan):
    record(mekar, member, wayan)
    record(mekar, member, wayan, DRAWN)

    assert balance(member) == 150_000
    assert savings.rebuild_balances(tenant=mekar) == []


def test_what_waits_counts_once_it_is_verified(mekar, member, wayan):
    movement = record(mekar, member, wayan, status="PENDING")
    assert balance(member) == 0

    for _again in range(2):
        savings.decide_movement(
            tenant=mekar, movement_id=movement.pk, accept=True, by=wayan, now=NOON
        )

    assert balance(member) == 200_000


def test_what_was_rejected_never_counts(mekar, member, wayan):
    movement = record(mekar, member, wayan, status="PENDING")
    decide = {"tenant": mekar, "movement_id": movement.pk, "by": wayan, "now": NOON}
    savings.decide_movement(accept=False, **decide)

    with pytest.raises(savings.MovementDecided):
        savings.decide_movement(accept=True, **decide)
    assert balance(member) == 0


def test_the_same_reference_counts_once(mekar, member, wayan):
    first = record(mekar, member, wayan)

    assert record(mekar, member, wayan) == first
    assert balance(member) == 200_000
    with pytest.raises(savings.ReferenceTaken):
        record(mekar, member, wayan, amount=Decimal(1))


@pytest.mark.parametrize("kind", ["PRINCIPAL", "MANDATORY"])
def test_principal_and_mandatory_savings_are_given_back_on_leaving_alone(
    mekar, member, wayan, kind
):
    record(mekar, member, wayan, account_kind=kind)
    with pytest.raises(savings.KeptUntilExit):
        record(mekar, member, wayan, DRAWN, account_kind=kind)

    member.status = "LEFT"
    member.save()
    record(mekar, member, wayan, DRAWN, account_kind=kind)

    assert balance(member, kind) == 150_000


def test_what_is_blocked_as_collateral_stays(mekar, member, wayan):
    an_account(member, "VOLUNTARY", blocked_amount=Decimal(180_000))
    record(mekar, member, wayan)

    with pytest.raises(savings.InsufficientSavings, match=r"20\.000"):
        record(mekar, member, wayan, DRAWN)
    assert balance(member) == 200_000
    assert SavingsMovement.objects.of(mekar).count() == 1


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "NaN", "1e20"])
def test_an_amount_is_money(mekar, member, wayan, amount):
    with pytest.raises(savings.InvalidMovement):
        record(mekar, member, wayan, amount=Decimal(amount))


def test_the_member_changed(mekar, member, wayan, django_capture_on_commit_callbacks):
    later = NOON.replace(hour=9)
    savings.record_movement(
        tenant=mekar, member_id=member.pk, movement=DEPOSIT, by=wayan, now=later, status="VERIFIED"
    )

    member.refresh_from_db()
    assert member.changed_at == later


def test_a_balance_that_drifted_is_named_and_put_right(mekar, member, wayan):
    record(mekar, member, wayan)
    SavingsAccount.objects.update(balance=1)

    with pytest.raises(CommandError):
        call_command("rebuild_balances", stdout=StringIO())
    call_command("rebuild_balances", "--repair", stdout=StringIO())

    assert balance(member) == 200_000
