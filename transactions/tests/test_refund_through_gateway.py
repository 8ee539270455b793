"""Money of a QRIS payment goes back through the gateway, once, whatever becomes of the call."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from core.models import OutboxEvent
from core.tests.hands import side_by_side
from transactions.models import Refund, Transaction
from transactions.paylabs import client
from transactions.paylabs.client import GatewayRefused, GatewayUnavailable
from transactions.services.refund_desk import (
    RefundClosed,
    RefundInWork,
    confirm_refund,
    decline_refund,
)
from transactions.services.refunds import (
    RefundExceedsPaid,
    process_refund,
    refund_sale,
    refundable,
    refunds_to_ask,
    reject_refund,
    resolve_refund,
)
from transactions.services.sales import NewSale, create_sale
from transactions.services.totals import rebuild_daily_totals
from transactions.tests.callbacks import report

PRICE = Decimal(10_000)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(paylabs, warung) -> Transaction:
    """Rp 10,000, paid by QRIS."""
    sale = create_sale(
        merchant=warung, sale=NewSale(method="QRIS", amount=PRICE), now=timezone.now()
    )
    paylabs.pay(sale.code, silent=True)
    report(sale, paylabs)
    sale.refresh_from_db()
    return sale


def give_back(sale, amount="4000", **overrides) -> Refund:
    details = {"reason": "Basi", "by": None, "now": timezone.now()} | overrides
    return refund_sale(transaction=sale, amount=Decimal(amount), **details)


def ask_again(refund, *, minutes=60) -> Refund:
    """Let the sweep find a refund later on."""
    later = timezone.now() + timedelta(minutes=minutes)
    assert refunds_to_ask(now=later) == [refund.pk]
    resolve_refund(refund_id=refund.pk, now=later)
    refund.refresh_from_db()
    return refund


def given_back(sale, paylabs) -> Decimal:
    """What the gateway paid back, in its own books."""
    return Decimal(paylabs.order(sale.code)["refundedAmount"])


def test_the_gateway_pays_it_back(sale, paylabs):
    refund = give_back(sale)

    sale.refresh_from_db()
    assert (refund.status, given_back(sale, paylabs)) == ("PROCESSED", 4000)
    assert (sale.status, sale.refund_status, sale.refunded_amount) == ("SUCCESS", "PROCESSED", 4000)
    assert rebuild_daily_totals() == []
    assert OutboxEvent.objects.get(topic="transaction.refunded").payload["merchant_ids"] == [
        sale.merchant_id
    ]


@pytest.mark.parametrize("mode", ["lose_answer", "drip", "badly_signed", "huge"])
def test_an_answer_that_was_lost_pays_nothing_twice(sale, paylabs, mode, monkeypatch):
    monkeypatch.setattr("transactions.paylabs.http.CALL_SECONDS", 1)
    paylabs.behave("refund", mode, times=1)

    refund = give_back(sale)

    sale.refresh_from_db()
    assert (refund.status, sale.refund_status, sale.refunded_amount) == (
        "REQUESTED",
        "REQUESTED",
        0,
    )
    assert ask_again(refund).status == "PROCESSED"
    assert given_back(sale, paylabs) == 4000


@pytest.mark.parametrize("mode", ["error500", "garbage", "not_json_object"])
def test_a_gateway_that_did_nothing_is_asked_again(sale, paylabs, mode):
    paylabs.behave("refund", mode, times=1)

    refund = give_back(sale)

    assert refund.status == "REQUESTED"
    assert ask_again(refund).status == "PROCESSED"
    assert refunds_to_ask(now=timezone.now() + timedelta(days=1)) == []


def test_a_refund_in_work_is_asked_about_until_it_is_done(sale, paylabs):
    paylabs.behave("refund", "in_work", seconds=0.3, times=1)

    refund = give_back(sale)

    assert refund.status == "REQUESTED"
    paylabs.until(lambda: paylabs.order(sale.code)["refunds"][0]["status"] == "02")
    assert ask_again(refund).status == "PROCESSED"
    assert given_back(sale, paylabs) == 4000


def test_a_refund_that_the_gateway_refuses_is_rejected_and_may_be_asked_for_again(sale, paylabs):
    paylabs.behave("refund", "refuse", times=1)

    with pytest.raises(GatewayRefused):
        give_back(sale)

    refused = Refund.objects.get()
    sale.refresh_from_db()
    assert (refused.status, bool(refused.rejection)) == ("REJECTED", True)
    assert (sale.refund_status, refundable(sale)) == ("REJECTED", PRICE)
    assert give_back(sale).status == "PROCESSED"


def test_what_was_asked_for_is_spoken_for(sale, paylabs):
    paylabs.behave("refund", "error500", times=1)
    give_back(sale, "7000")

    with pytest.raises(RefundExceedsPaid):
        give_back(sale, "4000")

    assert Refund.objects.count() == 1


def test_ten_refunds_at_once_never_exceed_the_payment(sale, paylabs):
    def ask(_):
        try:
            return give_back(sale, "3000").status
        except RefundExceedsPaid:
            return "too much"

    answers = side_by_side(10, ask)

    assert sorted(answers) == ["PROCESSED"] * 3 + ["too much"] * 7
    assert given_back(sale, paylabs) == 9000
    assert rebuild_daily_totals() == []


def test_one_refund_asked_for_ten_times_at_once_is_paid_once(sale, paylabs):
    code = UUID("6f0c7d3a-1f1e-4a37-9c50-5d1a3b0f6f11")

    refunds = side_by_side(10, lambda _: give_back(sale, code=code))

    assert {refund.code for refund in refunds} == {code}
    assert given_back(sale, paylabs) == 4000
    sale.refresh_from_db()
    assert sale.refunded_amount == 4000


def test_five_sweeps_at_once_pay_once(sale, paylabs):
    paylabs.behave("refund", "lose_answer", times=1)
    refund = give_back(sale)
    later = timezone.now() + timedelta(hours=1)

    side_by_side(5, lambda _: resolve_refund(refund_id=refund.pk, now=later))

    refund.refresh_from_db()
    assert (refund.status, refund.asked_count) == ("PROCESSED", 1)
    assert given_back(sale, paylabs) == 4000


def test_without_refunds_at_the_gateway_an_operator_closes_them(sale, paylabs, settings):
    settings.PAYLABS_REFUNDS = False

    first, second = give_back(sale), give_back(sale, "1000")

    assert refunds_to_ask(now=timezone.now() + timedelta(days=1)) == []
    assert process_refund(refund=first, now=timezone.now()).status == "PROCESSED"
    assert reject_refund(refund=second, why="Ditolak", now=timezone.now()).status == "REJECTED"
    sale.refresh_from_db()
    assert (sale.refund_status, sale.refunded_amount) == ("PROCESSED", 4000)
    assert given_back(sale, paylabs) == 0


def test_a_closed_refund_stays_as_it_is(sale):
    refund = give_back(sale)

    process_refund(refund=refund, now=timezone.now())
    reject_refund(refund=refund, why="Terlambat", now=timezone.now())

    sale.refresh_from_db()
    assert (refund.status, sale.refunded_amount) == ("PROCESSED", 4000)


# ── Closed by hand while the gateway's answer is open ──────────────────────────────────


def close(refund, service, operator) -> Refund:
    return service(refund=refund, by=operator, reason="Menurut halaman Paylabs", now=timezone.now())


def test_a_refund_that_the_gateway_paid_cannot_be_rejected_by_hand(sale, paylabs, operator):
    paylabs.behave("refund", "lose_answer", times=1)
    refund = give_back(sale)

    with pytest.raises(RefundClosed):
        close(refund, decline_refund, operator)

    sale.refresh_from_db()
    assert (refund.status, sale.refunded_amount) == ("PROCESSED", 4000)
    assert rebuild_daily_totals() == []


@pytest.mark.parametrize("deed", [confirm_refund, decline_refund])
def test_a_refund_in_work_is_not_closed_by_hand(sale, paylabs, operator, deed):
    paylabs.behave("refund", "in_work", seconds=30, times=1)
    refund = give_back(sale)

    with pytest.raises(RefundInWork):
        close(refund, deed, operator)

    refund.refresh_from_db()
    assert refund.status == "REQUESTED"


@pytest.mark.parametrize("deed", [confirm_refund, decline_refund])
@pytest.mark.parametrize(
    ("mode", "error"), [("error500", GatewayUnavailable), ("refuse", GatewayRefused)]
)
def test_nothing_is_closed_by_hand_while_the_gateway_does_not_tell(
    sale, paylabs, operator, deed, mode, error
):
    paylabs.behave("refund", "error500", times=1)
    refund = give_back(sale)
    paylabs.behave("refund_query", mode)

    with pytest.raises(error):
        close(refund, deed, operator)

    refund.refresh_from_db()
    assert refund.status == "REQUESTED"


def test_a_refund_that_the_gateway_never_heard_of_is_rejected_by_hand(sale, paylabs, operator):
    paylabs.behave("refund", "error500", times=1)
    refund = close(give_back(sale), decline_refund, operator)

    assert refund.status == "REJECTED"
    assert refunds_to_ask(now=timezone.now() + timedelta(days=1)) == []


def test_a_refund_rejected_while_its_call_was_under_way_counts_once_it_is_paid(
    sale, paylabs, monkeypatch
):
    pay_back = client.refund

    def slowly(order):
        reject_refund(refund=Refund.objects.get(), why="Tidak jadi", now=timezone.now())
        return pay_back(order)

    monkeypatch.setattr(client, "refund", slowly)

    refund = give_back(sale)

    sale.refresh_from_db()
    assert (refund.status, sale.refunded_amount, sale.refund_status) == (
        "PROCESSED",
        given_back(sale, paylabs),
        "PROCESSED",
    )
    assert rebuild_daily_totals() == []


def test_a_payment_reported_again_does_not_bring_back_what_was_refunded(sale, paylabs):
    give_back(sale, "10000")

    assert report(sale, paylabs).status_code == 200

    sale.refresh_from_db()
    assert (sale.status, sale.refunded_amount) == ("REFUNDED", PRICE)
    assert rebuild_daily_totals() == []


def test_a_refund_through_the_api_goes_on_under_its_key(api, sari, sale, paylabs):
    till = api(sari)
    paylabs.behave("refund", "lose_answer", times=1)

    def ask():
        return till.post(
            f"/api/transactions/{sale.code}/refund",
            {"amount": "4000", "reason": "Basi"},
            format="json",
            headers={"Idempotency-Key": "r-1"},
        )

    first, again = ask(), ask()

    assert first.json()["data"]["status"] == "Requested"
    assert again.content == first.content
    assert ask_again(Refund.objects.get()).status == "PROCESSED"
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount": 0, "reason": "x"},
        {"amount": 4000, "reason": " "},
        {"amount": 4000, "reason": 0},
    ],
)
def test_a_refund_without_amount_or_reason_is_refused(api, sari, sale, body):
    answer = api(sari).post(f"/api/transactions/{sale.code}/refund", body, format="json")

    assert (answer.status_code, Refund.objects.count()) == (400, 0)
