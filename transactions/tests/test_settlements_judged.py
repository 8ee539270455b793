from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.dates import JAKARTA
from transactions.domain.settlements import (
    KnownSale,
    LineRefused,
    Settlement,
    SettlementLine,
    judge,
)
from transactions.tests.factories import NOON

AMOUNT, FEE, NET = Decimal("50000.00"), Decimal("350.00"), Decimal("49650.00")
TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=JAKARTA)
NOW = TUESDAY + timedelta(days=1)


def a_line(**overrides) -> SettlementLine:
    details = {
        "line": 2,
        "trade_number": "T-1",
        "amount": AMOUNT,
        "fee": FEE,
        "net": None,
        "settled_at": TUESDAY,
    }
    return SettlementLine(**(details | overrides))


def a_known(**overrides) -> KnownSale:
    details = {"pk": 1, "merchant_id": 1, "status": "SUCCESS", "amount": AMOUNT, "paid_at": NOON}
    return KnownSale(**(details | overrides))


def settled(**overrides) -> KnownSale:
    return a_known(**({"settled_at": TUESDAY, "fee_amount": FEE, "net_amount": NET} | overrides))


@pytest.mark.parametrize(
    ("line", "fee", "net"),
    [
        ({}, FEE, NET),
        ({"net": NET}, FEE, NET),
        ({"fee": None, "net": NET}, FEE, NET),
        ({"fee": None}, None, None),
        ({"fee": Decimal(0)}, Decimal(0), AMOUNT),
        ({"fee": AMOUNT}, AMOUNT, Decimal(0)),
    ],
)
def test_a_paid_sale_is_settled_with_what_was_kept_and_what_arrived(line, fee, net):
    assert judge(a_line(**line), a_known(), now=NOW) == Settlement(TUESDAY, fee, net)


def test_a_statement_without_fees_keeps_what_the_payment_said():
    sale = a_known(fee_amount=FEE, net_amount=NET)

    assert judge(a_line(fee=None), sale, now=NOW) == Settlement(TUESDAY, FEE, NET)


def test_a_statements_fee_is_the_last_word():
    sale = a_known(fee_amount=Decimal(1), net_amount=AMOUNT - 1)

    assert judge(a_line(), sale, now=NOW).fee_amount == FEE


@pytest.mark.parametrize("line", [{}, {"net": NET}, {"fee": None}])
def test_what_is_known_already_changes_nothing(line):
    assert judge(a_line(**line), settled(), now=NOW) is None


def test_a_fee_that_nobody_had_told_is_added_to_a_settled_sale():
    sale = settled(fee_amount=None, net_amount=None)

    assert judge(a_line(), sale, now=NOW) == Settlement(TUESDAY, FEE, NET)


def test_a_sale_given_back_is_settled_all_the_same():
    assert judge(a_line(), a_known(status="REFUNDED"), now=NOW).net_amount == NET


@pytest.mark.parametrize(
    ("line", "sale", "reason"),
    [
        ({}, None, "unknown_sale"),
        ({"amount": AMOUNT + 1}, a_known(), "amount_differs"),
        ({}, a_known(status="PENDING", paid_at=None), "not_paid"),
        ({}, a_known(status="EXPIRED", paid_at=None), "not_paid"),
        ({}, a_known(status="FAILED", paid_at=None), "not_paid"),
        ({"settled_at": NOON - timedelta(minutes=6)}, a_known(), "settled_before_paid"),
        ({"settled_at": NOW + timedelta(minutes=6)}, a_known(), "settled_in_future"),
        ({"settled_at": TUESDAY + timedelta(seconds=1)}, settled(), "settled_differently"),
        ({"fee": FEE + 1}, settled(), "settled_differently"),
        ({"fee": AMOUNT + 1}, a_known(), "malformed"),
        ({"net": NET + 1}, a_known(), "malformed"),
        ({"fee": None, "net": AMOUNT + 1}, a_known(), "malformed"),
    ],
)
def test_what_does_not_fit_is_refused(line, sale, reason):
    with pytest.raises(LineRefused) as refusal:
        judge(a_line(**line), sale, now=NOW)

    assert refusal.value.reason == reason


@pytest.mark.parametrize("early", [timedelta(), timedelta(minutes=5)])
def test_clocks_may_be_off_a_little(early):
    assert judge(a_line(settled_at=NOON - early), a_known(), now=NOON - early)


def test_a_day_alone_lies_never_before_a_payment_of_that_day():
    ten = datetime(2026, 3, 2, 10, 0, tzinfo=JAKARTA)

    assert judge(a_line(settled_at=ten, day_only=True), a_known(), now=NOW).settled_at == NOON
    with pytest.raises(LineRefused, match="settled_before_paid"):
        judge(a_line(settled_at=ten), a_known(), now=NOW)
