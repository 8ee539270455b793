from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from transactions.domain.totals import Deltas, GivenBack, SaleState, contribution, difference

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # Monday, 12.00 in Jakarta
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
AMOUNT = Decimal("50000.00")


def a_state(**overrides) -> SaleState:
    details = {"status": "SUCCESS", "amount": AMOUNT, "occurred_at": NOON, "paid_at": NOON}
    return SaleState(**(details | overrides))


@pytest.mark.parametrize(
    ("occurred_at", "day"),
    [
        (datetime(2026, 3, 1, 16, 59, 59, tzinfo=UTC), date(2026, 3, 1)),  # 23.59 in Jakarta
        (datetime(2026, 3, 1, 17, 0, tzinfo=UTC), MONDAY),  # midnight
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), MONDAY),  # 06.59, still yesterday in UTC
        (datetime(2026, 3, 2, 16, 59, 59, 999999, tzinfo=UTC), MONDAY),
        (datetime(2026, 3, 2, 17, 0, tzinfo=UTC), TUESDAY),
    ],
)
def test_a_sale_belongs_to_its_day_in_jakarta(occurred_at, day):
    assert set(contribution(a_state(occurred_at=occurred_at))) == {day}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PENDING", Deltas(pending_count=1, pending_amount=AMOUNT)),
        ("FAILED", Deltas(failed_count=1, failed_amount=AMOUNT)),
        ("EXPIRED", Deltas(failed_count=1, failed_amount=AMOUNT)),
        ("SUCCESS", Deltas(paid_count=1, paid_amount=AMOUNT)),
        ("REFUNDED", Deltas(paid_count=1, paid_amount=AMOUNT)),
    ],
)
def test_each_status_is_counted_once(status, expected):
    assert contribution(a_state(status=status)) == {MONDAY: expected}


def test_a_refund_marks_the_day_of_the_sale_and_is_made_on_its_own():
    given_back = GivenBack(Decimal("20000.00"), NOON + timedelta(days=1))

    assert contribution(a_state(refunds=(given_back,))) == {
        MONDAY: Deltas(
            paid_count=1,
            paid_amount=AMOUNT,
            refunded_count=1,
            refunded_amount=Decimal("20000.00"),
        ),
        TUESDAY: Deltas(refunds_made_count=1, refunds_made_amount=Decimal("20000.00")),
    }


def test_a_sale_refunded_twice_is_one_refunded_sale_and_two_refunds_made():
    given_back = GivenBack(Decimal("10000.00"), NOON)

    [of_monday] = contribution(a_state(refunds=(given_back, given_back))).values()

    assert (of_monday.refunded_count, of_monday.refunds_made_count) == (1, 2)
    assert of_monday.refunded_amount == of_monday.refunds_made_amount == Decimal("20000.00")


def test_a_settled_sale_adds_its_seconds_and_a_waiting_one_its_payment_instant():
    settled = a_state(settlement_tracked=True, settled_at=NOON + timedelta(hours=3))
    waiting = a_state(settlement_tracked=True)

    [of_settled] = contribution(settled).values()
    [of_waiting] = contribution(waiting).values()

    assert (of_settled.settled_count, of_settled.settlement_seconds) == (1, 3 * 3600)
    assert (of_waiting.waiting_count, of_waiting.waiting_paid_epoch) == (1, int(NOON.timestamp()))


def test_a_sale_given_back_in_full_waits_for_no_settlement():
    refund = GivenBack(AMOUNT, NOON)

    [day] = contribution(
        a_state(status="REFUNDED", settlement_tracked=True, refunds=(refund,))
    ).values()

    assert day.waiting_count == 0


def test_settlement_that_nobody_reports_is_neither_settled_nor_waiting():
    [day] = contribution(a_state(settled_at=NOON)).values()

    assert (day.settled_count, day.waiting_count) == (0, 0)


def test_a_payment_moves_a_sale_from_pending_to_paid():
    pending = a_state(status="PENDING", paid_at=None)

    assert difference(pending, a_state()) == {
        MONDAY: Deltas(paid_count=1, paid_amount=AMOUNT, pending_count=-1, pending_amount=-AMOUNT)
    }


def test_no_change_adds_nothing():
    assert difference(a_state(), a_state()) == {}
