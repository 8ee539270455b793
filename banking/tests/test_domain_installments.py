"""Instalments beside a slow twin that counts in whole sen and fractions of them."""

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from banking.domain.installments import (
    ANNUITY,
    FLAT,
    affordable_principal,
    installment,
    quote,
    schedule,
)

FIRST_DUE = date(2026, 1, 31)


def _half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))


def _plain(sen: int, rate: Fraction, tenor: int, method: str) -> list[tuple[int, int]]:
    """Return principal and interest of each payment in sen, worked out the long way."""
    monthly = rate / 1200
    if method == FLAT:
        interest = _half_up(sen * monthly * tenor)
        lines = [(sen // tenor, interest // tenor)] * (tenor - 1)
        return [
            *lines,
            (sen - sen // tenor * (tenor - 1), interest - interest // tenor * (tenor - 1)),
        ]
    # The present value of one sen paid every month.
    worth = sum(1 / (1 + monthly) ** month for month in range(1, tenor + 1))
    level, owed, lines = _half_up(Fraction(sen) / worth), sen, []
    for _ in range(tenor - 1):
        interest = _half_up(owed * monthly)
        principal = min(level - interest, owed)
        owed -= principal
        lines.append((principal, interest))
    return [*lines, (owed, _half_up(owed * monthly))]


def _cases():
    chance = random.Random(4)
    edges = [(1, "0", 120), (1, "100", 120), (3, "12", 4), (999_999_999_999_999, "99.99", 120)]
    drawn = [
        (
            chance.randint(1, 10 ** chance.randint(1, 15)),
            f"{chance.choice([0, chance.randint(1, 10_000)]) / 100:.2f}",
            chance.choice([1, 2, 3, 6, 12, 24, 36, chance.randint(1, 120)]),
        )
        for _ in range(150)
    ]
    return [(*case, method) for case in edges + drawn for method in (ANNUITY, FLAT)]


@pytest.mark.parametrize(("sen", "rate", "tenor", "method"), _cases())
def test_every_line_is_that_of_the_slow_twin(sen, rate, tenor, method):
    principal = Decimal(sen).scaleb(-2)
    terms = {
        "principal": principal,
        "yearly_rate_percent": Decimal(rate),
        "tenor_months": tenor,
        "method": method,
    }

    lines = schedule(**terms, first_due=FIRST_DUE)

    assert [(int(line.principal * 100), int(line.interest * 100)) for line in lines] == _plain(
        sen, Fraction(rate), tenor, method
    )
    cost = quote(**terms)
    assert sum(line.principal for line in lines) == principal
    assert sum(line.interest for line in lines) == cost.total_interest
    assert sum(line.amount for line in lines) == cost.total
    assert lines[0].amount == cost.installment == installment(**terms)
    assert all(line.principal >= 0 and line.interest >= 0 for line in lines)
    assert [line.number for line in lines] == list(range(1, tenor + 1))


# What a textbook's table gives for a loan of 100,000,000.
@pytest.mark.parametrize(
    ("rate", "tenor", "method", "payment"),
    [
        (12, 12, ANNUITY, "8884878.87"),
        (12, 24, ANNUITY, "4707347.22"),
        (6, 36, ANNUITY, "3042193.75"),
        (24, 6, ANNUITY, "17852581.23"),
        (12, 12, FLAT, "9333333.33"),
        (0, 12, ANNUITY, "8333333.33"),
        (0, 12, FLAT, "8333333.33"),
        (12, 1, ANNUITY, "101000000.00"),
    ],
)
def test_the_payment_is_that_of_the_textbook(rate, tenor, method, payment):
    figure = installment(
        principal=Decimal(100_000_000),
        yearly_rate_percent=Decimal(rate),
        tenor_months=tenor,
        method=method,
    )

    assert figure == Decimal(payment)


@pytest.mark.parametrize(
    "change",
    [
        {"principal": Decimal(0)},
        {"principal": Decimal(-1)},
        {"principal": Decimal("0.001")},
        {"principal": Decimal("NaN")},
        {"yearly_rate_percent": Decimal(-1)},
        {"yearly_rate_percent": Decimal("Infinity")},
        {"tenor_months": 0},
        {"tenor_months": 121},
        {"method": "BULLET"},
    ],
)
def test_refuses_what_is_no_loan(change):
    terms = {
        "principal": Decimal(100),
        "yearly_rate_percent": Decimal(12),
        "tenor_months": 12,
        "method": ANNUITY,
    }

    with pytest.raises(ValueError):
        schedule(**terms | change, first_due=FIRST_DUE)


@pytest.mark.parametrize("method", [ANNUITY, FLAT])
@pytest.mark.parametrize("rate", [0, 12, 36])
@pytest.mark.parametrize("tenor", [1, 6, 24, 120])
def test_what_is_affordable_is_affordable_and_no_rupiah_more(method, rate, tenor):
    terms = {"yearly_rate_percent": Decimal(rate), "tenor_months": tenor, "method": method}
    payment = Decimal(3_000_000)

    most = affordable_principal(payment=payment, **terms)

    assert installment(principal=most, **terms) <= payment
    # A rupiah more spreads over the months: some sen of rounding in each.
    assert installment(principal=most + tenor, **terms) >= payment - Decimal("0.01")
