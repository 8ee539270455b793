from decimal import Decimal

import pytest

from koperasi_risk.domain.movements import is_bound, is_covered
from koperasi_risk.domain.repaying import Owed, spread

FIRST = Owed(1, Decimal(1000), Decimal(120), Decimal(5))
SECOND = Owed(2, Decimal(1000), Decimal(100))


@pytest.mark.parametrize(
    ("amount", "shares"),
    [
        ("3", [Owed(1, penalty=Decimal(3))]),
        ("125", [Owed(1, interest=Decimal(120), penalty=Decimal(5))]),
        ("300", [Owed(1, Decimal(175), Decimal(120), Decimal(5))]),
        ("1125", [FIRST]),
        ("1126.50", [FIRST, Owed(2, interest=Decimal("1.50"))]),
        ("2225", [FIRST, SECOND]),
    ],
)
def test_money_pays_the_oldest_first_and_principal_last(amount, shares):
    assert spread(Decimal(amount), [FIRST, SECOND]) == shares


def test_a_koperasi_may_take_principal_first():
    order = ("principal", "interest", "penalty")

    assert spread(Decimal(1001), [FIRST], order=order) == [Owed(1, Decimal(1000), Decimal(1))]


def test_an_instalment_of_which_nothing_is_owed_gets_nothing():
    assert spread(Decimal(10), [Owed(1), SECOND]) == [Owed(2, interest=Decimal(10))]


def test_more_than_is_owed_is_refused():
    with pytest.raises(ValueError):
        spread(Decimal("2225.01"), [FIRST, SECOND])


@pytest.mark.parametrize(
    ("account", "kind", "status", "bound"),
    [
        ("PRINCIPAL", "WITHDRAWAL", "ACTIVE", True),
        ("MANDATORY", "WITHDRAWAL", "INACTIVE", True),
        ("MANDATORY", "WITHDRAWAL", "LEFT", False),
        ("VOLUNTARY", "WITHDRAWAL", "ACTIVE", False),
        ("PRINCIPAL", "CORRECTION", "ACTIVE", False),
    ],
)
def test_principal_and_mandatory_savings_stay_until_the_member_leaves(account, kind, status, bound):
    assert is_bound(account, kind, member_status=status) is bound


@pytest.mark.parametrize(
    ("added", "covered"), [("-70", True), ("-70.01", False), ("0.01", True), ("-100", False)]
)
def test_what_is_blocked_stays(added, covered):
    assert is_covered(Decimal(added), balance=Decimal(100), blocked=Decimal(30)) is covered
