import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection

from core.models import OutboxEvent
from fraud.services import BLOCK, CHALLENGE, Decision
from transactions.domain.items import Item
from transactions.models import DailyTotal, Transaction
from transactions.paylabs.client import GatewayNotConfigured
from transactions.services.sales import (
    ChallengeNotAvailable,
    ItemsDoNotMatchAmount,
    NewSale,
    SaleBlocked,
    create_sale,
)
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.factories import NOON

DECISION = "7f9c24e5-2f3a-4a37-9c50-5d1a3b0f6f11"


def a_new_sale(**overrides) -> NewSale:
    return NewSale(**({"method": "CASH", "amount": Decimal("50000.00")} | overrides))


def decided(outcome: str):
    return patch(
        "transactions.services.sales.decide",
        return_value=Decision(decision_id=DECISION, outcome=outcome),
    )


def nothing_was_written() -> bool:
    return not (
        Transaction.objects.exists() or DailyTotal.objects.exists() or OutboxEvent.objects.exists()
    )


def test_cash_is_paid_and_settled_at_once(warung):
    sale = create_sale(merchant=warung, sale=a_new_sale(), now=NOON)

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"
    assert sale.occurred_at == sale.paid_at == sale.settled_at == NOON
    assert sale.settlement_tracked
    assert (sale.net_amount, sale.fee_amount) == (Decimal("50000.00"), 0)


def test_a_sale_announces_itself_and_is_in_the_daily_total(warung):
    sale = create_sale(merchant=warung, sale=a_new_sale(), now=NOON)

    event = OutboxEvent.objects.get()
    assert (event.topic, event.payload) == (
        "transaction.recorded",
        {"merchant_id": warung.pk, "transaction_id": sale.pk},
    )
    total = DailyTotal.objects.get()
    assert (total.day, total.paid_count, total.paid_amount) == (date(2026, 3, 2), 1, 50000)
    assert (total.settled_count, total.settlement_seconds, total.waiting_count) == (1, 0, 0)


@pytest.mark.parametrize("hour", [17, 20, 23])
def test_a_sale_after_midnight_in_jakarta_is_of_the_new_day(warung, hour):
    # 00.00 to 06.59 in Jakarta is still yesterday in UTC.
    create_sale(merchant=warung, sale=a_new_sale(), now=datetime(2026, 3, 1, hour, 59, tzinfo=UTC))

    assert DailyTotal.objects.get().day == date(2026, 3, 2)


def test_the_engine_is_asked_first_with_whole_rupiah(warung):
    with decided("ALLOW") as decide:
        sale = create_sale(
            merchant=warung,
            sale=a_new_sale(amount=Decimal("1000.01"), address="203.0.113.9"),
            now=NOON,
        )

    asked = decide.call_args.kwargs
    assert asked["topic"] == "events.transaction.created"
    assert asked["event"].pop("eventId")
    assert asked["event"] == {
        "ts": "2026-03-02T05:00:00+00:00",
        "transactionId": sale.code,
        "userId": f"merchant:{warung.code}",
        "amount": 1001,
        "currency": "IDR",
        "ip": "203.0.113.9",
    }


@pytest.mark.parametrize(
    ("outcome", "refusal"), [(BLOCK, SaleBlocked), (CHALLENGE, ChallengeNotAvailable)]
)
def test_a_sale_that_is_not_allowed_leaves_nothing(warung, outcome, refusal):
    with decided(outcome), pytest.raises(refusal):
        create_sale(merchant=warung, sale=a_new_sale(), now=NOON)

    assert nothing_was_written()


def test_a_blocked_sale_names_the_decision(warung):
    with decided(BLOCK), pytest.raises(SaleBlocked) as refused:
        create_sale(merchant=warung, sale=a_new_sale(), now=NOON)

    assert refused.value.fields == {"decisionId": DECISION}
    assert DECISION in refused.value.message


def test_qris_without_a_gateway_is_refused_before_anybody_is_asked(warung):
    with decided("ALLOW") as decide, pytest.raises(GatewayNotConfigured):
        create_sale(merchant=warung, sale=a_new_sale(method="QRIS"), now=NOON)

    assert not decide.called
    assert nothing_was_written()


@pytest.mark.parametrize(
    ("lines", "matches"),
    [
        ([], True),
        ([(2, "25000")], True),
        ([(2, "25000.50")], True),  # one rupiah off
        ([(2, "25000.51")], False),
        ([(10, "99999")], False),
        ([(1, "10000"), (None, "5")], True),  # cannot be added up
        ([(1, "10000"), (3, None)], True),
    ],
)
def test_items_must_add_up_to_the_amount(warung, lines, matches):
    items = [
        Item(name="Kopi", quantity=quantity, price=Decimal(price) if price else None)
        for quantity, price in lines
    ]

    if matches:
        create_sale(merchant=warung, sale=a_new_sale(items=items), now=NOON)
    else:
        with pytest.raises(ItemsDoNotMatchAmount):
            create_sale(merchant=warung, sale=a_new_sale(items=items), now=NOON)
        assert nothing_was_written()


def test_a_failure_while_remembering_leaves_nothing(warung):
    def crash(sale):
        raise RuntimeError("the power went out")

    with pytest.raises(RuntimeError):
        create_sale(merchant=warung, sale=a_new_sale(), now=NOON, remember=crash)

    assert nothing_was_written()


def test_a_failure_while_adding_to_the_daily_total_leaves_no_sale(warung, monkeypatch):
    def crash(**_):
        raise RuntimeError("the power went out")

    monkeypatch.setattr("transactions.services.sales.apply_change", crash)

    with pytest.raises(RuntimeError):
        create_sale(merchant=warung, sale=a_new_sale(), now=NOON)

    assert nothing_was_written()


@pytest.mark.django_db(transaction=True)
def test_two_hundred_sales_at_once_make_one_exact_daily_total(warung):
    tills, each = 16, 200
    together = threading.Barrier(tills)
    waiting = iter(range(each))
    turn = threading.Lock()

    def till(_):
        connection.ensure_connection()
        together.wait()
        try:
            while True:
                with turn:
                    if next(waiting, None) is None:
                        return
                create_sale(merchant=warung, sale=a_new_sale(amount=Decimal("1000.05")), now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(tills) as shop:
        list(shop.map(till, range(tills)))

    total = DailyTotal.objects.get()
    assert (total.paid_count, total.paid_amount) == (200, Decimal("200010.00"))
    assert Transaction.objects.count() == OutboxEvent.objects.count() == 200
    assert rebuild_daily_totals() == []
