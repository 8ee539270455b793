"""The gateway hangs, talks nonsense or is cut off: the sale is there, the till is told, nobody pays twice."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from core.dates import JAKARTA
from core.models import IdempotencyRecord
from transactions.models import DailyTotal, GatewayMismatch, GatewayOrder, Transaction
from transactions.paylabs import client, http
from transactions.services.inquiries import orders_to_ask, resolve_payment
from transactions.services.payments import expire_payment, refuse_payment
from transactions.services.qris import show_code
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.callbacks import report

SALE = NewSale(method="QRIS", amount=Decimal(1000))
CREATE = "/api/transactions/create"
BODY = {"type": "QRIS", "amount": 1000}
NONSENSE = ["garbage", "not_json_object", "error500", "badly_signed"]


@pytest.fixture
def impatient(monkeypatch):
    """Let every wait end in half a second."""
    monkeypatch.setattr(http, "READ_SECONDS", 0.5)
    monkeypatch.setattr(http, "CALL_SECONDS", 1)


@pytest.fixture
def till(api, sari, warung):
    return api(sari)


class PowerCut(BaseException):
    """The process ends here: nothing catches this."""


# ── The row first ──────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_the_sale_is_stored_before_the_gateway_is_called(paylabs, warung, monkeypatch):
    seen = []

    def answer(order):
        # Committed: another connection would see it.
        assert not connection.in_atomic_block
        seen.append(Transaction.objects.get(code=order.trade_number).status)
        return create_order(order)

    create_order = client.create_order
    monkeypatch.setattr(client, "create_order", answer)

    create_sale(merchant=warung, sale=SALE, now=timezone.now())

    assert seen == ["PENDING"]


@pytest.mark.django_db(transaction=True)
def test_a_crash_before_the_call_leaves_a_sale_that_the_sweep_closes(paylabs, warung, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(client, "create_order", _cut_off)
    with pytest.raises(PowerCut):
        create_sale(merchant=warung, sale=SALE, now=now)

    _sweep(now + timedelta(hours=1))

    assert Transaction.objects.get().status == "EXPIRED"
    assert rebuild_daily_totals() == []


@pytest.mark.django_db(transaction=True)
def test_a_crash_after_the_call_leaves_no_payable_code_without_a_sale(paylabs, warung, monkeypatch):
    now = timezone.now()
    create_order = client.create_order
    monkeypatch.setattr(
        client, "create_order", lambda order: create_order(order) and _cut_off(order)
    )
    with pytest.raises(PowerCut):
        create_sale(merchant=warung, sale=SALE, now=now)
    sale = Transaction.objects.get()
    paylabs.pay(sale.code, silent=True)

    _sweep(now + timedelta(minutes=2))

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"
    assert DailyTotal.objects.get().paid_amount == 1000


@pytest.mark.django_db(transaction=True)
def test_a_call_whose_answer_was_lost_goes_on_under_its_key_with_the_same_sale(paylabs, till):
    paylabs.behave("create", "lose_answer", times=1)
    key = {"HTTP_IDEMPOTENCY_KEY": "till-1"}

    first = till.post(CREATE, BODY, format="json", **key)
    second = till.post(CREATE, BODY, format="json", **key)
    third = till.post(CREATE, BODY, format="json", **key)

    assert (first.status_code, second.status_code) == (503, 201)
    assert third.content == second.content
    assert Transaction.objects.get().code == second.json()["data"]["transactionId"]
    assert IdempotencyRecord.objects.count() == 1


# ── Slow or talking nonsense ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_stalled_gateway_holds_the_till_for_a_bounded_time(paylabs, till, impatient, mode):
    paylabs.behave("create", mode, seconds=0.1 if mode == "drip" else 60)
    started = time.monotonic()

    answer = till.post(CREATE, BODY, format="json")

    assert time.monotonic() - started < 5
    assert (answer.status_code, answer.json()["code"]) == (503, "gateway_unavailable")
    assert Transaction.objects.get().status == "PENDING"


def test_a_whole_call_takes_at_most_fifteen_seconds():
    assert (http.CONNECT_SECONDS, http.READ_SECONDS, http.CALL_SECONDS) == (3, 10, 15)


@pytest.mark.parametrize("mode", NONSENSE)
def test_nonsense_of_the_gateway_is_a_clear_refusal(paylabs, till, mode):
    paylabs.behave("create", mode)

    answer = till.post(CREATE, BODY, format="json", HTTP_ACCEPT_LANGUAGE="en")

    assert (answer.status_code, answer.json()["code"]) == (503, "gateway_unavailable")
    assert answer.json()["message"].startswith("The payment gateway gave an answer that cannot")
    assert "undefined" not in answer.json()["message"]


@pytest.mark.parametrize("mode", [*NONSENSE, "huge", "lose_answer"])
def test_a_status_check_answers_what_is_known_when_the_gateway_talks_nonsense(paylabs, till, mode):
    code = till.post(CREATE, BODY, format="json").json()["data"]["transactionId"]
    paylabs.behave("query", mode)

    answer = till.get(f"/api/transactions/{code}/check-status")

    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "Pending")
    assert answer.json()["data"]["paylabsStatus"] is None


def test_a_status_check_that_hears_of_another_amount_is_a_clear_refusal(paylabs, till, monkeypatch):
    code = till.post(CREATE, BODY, format="json").json()["data"]["transactionId"]
    odd = replace(client.query_order(trade_number=code), status="02", amount=Decimal(1))
    monkeypatch.setattr(client, "query_order", lambda trade_number: odd)

    answer = till.get(f"/api/transactions/{code}/check-status")

    assert (answer.status_code, answer.json()["code"]) == (400, "payment_mismatch")
    assert Transaction.objects.get().status == "PENDING"
    assert GatewayMismatch.objects.get().reason == "AMOUNT"


def test_a_refusal_of_the_gateway_is_told_in_its_words(paylabs, till):
    paylabs.behave("create", "refuse")

    answer = till.post(CREATE, BODY, format="json", HTTP_ACCEPT_LANGUAGE="en")

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway_refused")
    assert answer.json()["message"].startswith("Paylabs Error: ")
    assert Transaction.objects.get().status == "FAILED"


# ── Nobody told us ─────────────────────────────────────────────────────────────────────


def test_a_sale_that_nobody_pays_expires(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now - timedelta(hours=1))

    _sweep(now + timedelta(hours=1))

    sale.refresh_from_db()
    assert sale.status == "EXPIRED"
    assert (DailyTotal.objects.get().pending_count, DailyTotal.objects.get().failed_count) == (0, 1)
    assert orders_to_ask(now=now + timedelta(days=1)) == []


def test_a_sale_is_not_expired_while_its_code_can_be_paid(paylabs, warung):
    now = timezone.now()
    # Its code is not with us, so the sweep looks into it early.
    paylabs.behave("create", "lose_answer")
    with pytest.raises(client.GatewayUnavailable):
        create_sale(merchant=warung, sale=SALE, now=now)

    _sweep(now + timedelta(minutes=5))

    sale = Transaction.objects.get()
    assert sale.status == "PENDING"
    assert orders_to_ask(now=now + timedelta(hours=1)) == [sale.pk]


def test_a_payment_that_nobody_told_us_of_is_found_before_the_sale_expires(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    paylabs.pay(sale.code, silent=True)

    _sweep(now + timedelta(hours=1))

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"
    assert DailyTotal.objects.get().paid_count == 1


def test_no_sale_expires_while_the_gateway_cannot_be_asked(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    paylabs.behave("query", "error500")

    _sweep(now + timedelta(hours=1))

    sale.refresh_from_db()
    assert sale.status == "PENDING"
    assert orders_to_ask(now=now + timedelta(hours=3)) == [sale.pk]


def test_no_sale_expires_while_the_gateway_refuses_to_tell(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    paylabs.pay(sale.code, silent=True)
    paylabs.behave("query", "refuse", times=1)

    _sweep(now + timedelta(hours=1))
    _sweep(now + timedelta(hours=2))

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"


def test_a_gateway_that_never_tells_is_not_asked_for_ever(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    paylabs.behave("query", "refuse")

    _sweep(now + timedelta(days=2))

    sale.refresh_from_db()
    assert sale.status == "EXPIRED"


def test_a_payment_that_the_sweep_found_is_not_counted_again_by_its_callback(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    paylabs.pay(sale.code, silent=True)
    _sweep(now + timedelta(hours=1))

    assert report(sale, paylabs).status_code == 200

    assert DailyTotal.objects.get().paid_count == 1
    assert rebuild_daily_totals() == []


@pytest.mark.parametrize("end", ["pay", "fail"])
def test_what_has_ended_is_not_asked_about_for_ever(paylabs, warung, end):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    getattr(paylabs, end)(sale.code, silent=True)
    _sweep(now + timedelta(hours=1))
    # A statement named it a moment ago.
    GatewayOrder.objects.update(ask_at=now)

    _sweep(now + timedelta(hours=2))

    assert orders_to_ask(now=now + timedelta(days=9)) == []


def test_a_status_that_nobody_knows_ends_nothing(paylabs, warung, monkeypatch):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    odd = replace(client.query_order(trade_number=sale.code), status="77")
    monkeypatch.setattr(client, "query_order", lambda trade_number: odd)

    _sweep(now + timedelta(hours=1))

    sale.refresh_from_db()
    assert (sale.status, orders_to_ask(now=now + timedelta(days=9))) == ("EXPIRED", [])


# ── Codes ──────────────────────────────────────────────────────────────────────────────


def test_a_refusal_of_a_repeat_does_not_close_a_sale_whose_code_was_made(paylabs, warung):
    now = timezone.now()
    paylabs.behave("create", "lose_answer", times=1)
    with pytest.raises(client.GatewayUnavailable):
        create_sale(merchant=warung, sale=SALE, now=now)
    sale = Transaction.objects.get()
    paylabs.behave("create", "refuse")

    order = show_code(sale=sale, now=now)

    sale.refresh_from_db()
    assert (bool(order.qr_code), sale.status) == (True, "PENDING")


def test_a_refusal_does_not_close_a_sale_whose_code_came_meanwhile(paylabs, warung):
    now = timezone.now()
    sale = create_sale(merchant=warung, sale=SALE, now=now)

    refuse_payment(sale=sale, words="Sibuk", now=now)

    sale.refresh_from_db()
    assert sale.status == "PENDING"
    assert orders_to_ask(now=now + timedelta(days=1)) == [sale.pk]


def test_a_code_that_comes_after_its_sale_was_closed_is_asked_about(paylabs, warung, monkeypatch):
    now = timezone.now()
    create_order = client.create_order

    def late(order):
        sale = Transaction.objects.get()
        expire_payment(sale=sale, source="SWEEP", now=now)
        return create_order(order)

    monkeypatch.setattr(client, "create_order", late)
    sale = create_sale(merchant=warung, sale=SALE, now=now)
    paylabs.pay(sale.code, silent=True)

    _sweep(now + timedelta(hours=1))

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"
    assert rebuild_daily_totals() == []


@pytest.mark.parametrize("year", [1, 2000, 9999])
def test_an_instant_of_expiry_from_another_age_is_not_believed(paylabs, warung, monkeypatch, year):
    now = timezone.now()
    create_order = client.create_order
    never = datetime(year, 12, 31, 23, 59, 59, tzinfo=JAKARTA)
    monkeypatch.setattr(
        client, "create_order", lambda order: replace(create_order(order), expires_at=never)
    )

    sale = create_sale(merchant=warung, sale=SALE, now=now)

    assert sale.gateway_order.expires_at == now + timedelta(minutes=15)


def test_a_sale_that_was_paid_meanwhile_is_answered_as_paid(paylabs, warung):
    now = timezone.now()
    paylabs.behave("create", "lose_answer", times=1)
    with pytest.raises(client.GatewayUnavailable):
        create_sale(merchant=warung, sale=SALE, now=now)
    code = Transaction.objects.get().code
    paylabs.pay(code, silent=True)

    assert create_sale(merchant=warung, sale=SALE, now=now, code=code).status == "SUCCESS"


# ── Helpers ────────────────────────────────────────────────────────────────────────────


def _sweep(now) -> None:
    for pk in orders_to_ask(now=now):
        resolve_payment(transaction_id=pk, now=now)


def _cut_off(_order):
    raise PowerCut
