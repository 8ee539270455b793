"""What the gateway accepts and refuses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.dates import business_day
from deploy.simulators.paylabs.keys import new_keys
from transactions.paylabs.signing import timestamp_of


def long_ago() -> str:
    return timestamp_of(datetime.now(UTC) - timedelta(minutes=6))


def test_an_order_is_made_and_found_again(paylabs, an_order):
    trade_no = an_order(amount="25000.00")

    found = paylabs.call("qris/query", merchantTradeNo=trade_no, paymentType="QRIS")

    assert (found["errCode"], found["status"], found["amount"]) == ("0", "01", "25000.00")
    assert found["qrisUrl"] == f"{paylabs.url}/pay/{trade_no}"
    assert "540525000" in found["qrCode"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-SIGNATURE": ""},
        {"X-SIGNATURE": "bm9uc2Vuc2U="},
        {"X-TIMESTAMP": long_ago()},
        {"X-TIMESTAMP": "yesterday"},
        {"X-PARTNER-ID": "999999"},
        {"X-REQUEST-ID": "another"},
    ],
    ids=lambda headers: str(headers)[:30],
)
def test_a_call_with_a_wrong_header_is_refused(paylabs, an_order, headers):
    answer = paylabs.call("qris/query", merchantTradeNo=an_order(), headers=headers)

    assert answer["errCode"] == "SignatureError"


def test_a_call_signed_by_a_strangers_key_is_refused(paylabs, an_order):
    answer = paylabs.call("qris/query", merchantTradeNo=an_order(), key=new_keys()["PRIVATE_KEY"])

    assert answer["errCode"] == "SignatureError"


def test_a_call_for_another_merchant_is_refused(paylabs, an_order):
    answer = paylabs.call("qris/query", merchantTradeNo=an_order(), merchantId="999999")

    assert answer["errCode"] == "SignatureError"


@pytest.mark.parametrize(
    "amount", ["0.00", "-1.00", "10000", "10000.0", "10000.001", "1e4", "10000000.01", 10000, None]
)
def test_a_bad_amount_is_refused(paylabs, amount):
    answer = paylabs.call(
        "qris/create",
        merchantTradeNo="T-1",
        paymentType="QRIS",
        amount=amount,
        productName="Kopi",
        notifyUrl="http://127.0.0.1:9/",
    )

    assert answer["errCode"] == "InvalidAmount"


def test_a_trade_number_is_used_once(paylabs, an_order):
    first = an_order(merchantTradeNo="T-1")

    with pytest.raises(AssertionError, match="Conflict"):
        an_order(merchantTradeNo=first, amount="1.00")

    assert paylabs.order(first)["amount"] == "10000.00"


def test_one_of_many_creations_at_once_wins(paylabs, merchant):
    def create(_):
        return paylabs.call(
            "qris/create",
            merchantTradeNo="T-1",
            paymentType="QRIS",
            amount="1.00",
            productName="Kopi",
            notifyUrl=merchant.url,
        )["errCode"]

    with ThreadPoolExecutor(10) as crowd:
        codes = sorted(crowd.map(create, range(10)))

    assert codes == ["0"] + ["Conflict"] * 9


def test_an_order_past_its_time_reads_as_failed_and_may_still_be_paid(paylabs, an_order):
    trade_no = an_order(expire=1)
    paylabs.until(lambda: _status(paylabs, trade_no) == "09")

    paylabs.pay(trade_no, silent=True)

    assert _status(paylabs, trade_no) == "02"


def test_a_cancelled_order_is_failed_and_a_paid_one_is_not_cancelled(paylabs, an_order):
    pending, paid = an_order(), an_order()
    paylabs.pay(paid, silent=True)

    assert paylabs.call("qris/cancel", merchantTradeNo=pending)["status"] == "09"
    assert paylabs.call("qris/cancel", merchantTradeNo=paid)["errCode"] == "OrderPaid"
    assert _status(paylabs, paid) == "02"


def test_an_unknown_order_is_not_found(paylabs):
    assert paylabs.call("qris/query", merchantTradeNo="T-0")["errCode"] == "OrderNotFound"


# ── Payment ──
def test_of_many_payers_at_once_one_pays(paylabs, an_order, merchant):
    trade_no = an_order()

    def pay(_):
        try:
            return paylabs.pay(trade_no)["status"]
        except Exception as refusal:
            return refusal.answer["error"]

    with ThreadPoolExecutor(10) as crowd:
        answers = sorted(crowd.map(pay, range(10)))

    assert answers == ["02"] + ["OrderPaid"] * 9
    assert len(paylabs.until_told(trade_no)) == 1


def test_the_fee_is_told_with_the_payment(paylabs, an_order):
    # 0.7 % of Rp 19,950.75 is 139.655…: half a sen and a bit.
    trade_no = an_order(amount="19950.75")
    paylabs.pay(trade_no, issuer="DANA", silent=True)

    found = paylabs.call("qris/query", merchantTradeNo=trade_no)

    assert (found["transFeeRate"], found["totalTransFee"]) == ("0.007000", "139.66")
    assert found["paymentMethodInfo"]["issuer"] == "DANA"


# ── Refunds ──
def _refund(paylabs, trade_no, amount, number="RF-1"):
    return paylabs.call(
        "qris/refund",
        merchantTradeNo=trade_no,
        refundNo=number,
        refundAmount=amount,
        reason="Barang rusak",
        paymentType="QRIS",
    )


def test_refunds_add_up_to_what_was_paid_and_no_further(paylabs, an_order):
    trade_no = an_order()
    paylabs.pay(trade_no, silent=True)

    codes = [
        _refund(paylabs, trade_no, amount, f"RF-{amount}")["errCode"]
        for amount in ("4000.00", "6000.01", "6000.00", "0.01")
    ]

    assert codes == ["0", "RefundExceedsPaid", "0", "RefundExceedsPaid"]
    assert paylabs.order(trade_no)["refundedAmount"] == "10000.00"


def test_the_same_refund_number_is_the_same_refund(paylabs, an_order):
    trade_no = an_order()
    paylabs.pay(trade_no, silent=True)

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: _refund(paylabs, trade_no, "6000.00"), range(8)))

    assert len({answer["platformRefundNo"] for answer in answers}) == 1
    assert paylabs.order(trade_no)["refundedAmount"] == "6000.00"
    assert _refund(paylabs, trade_no, "1.00")["errCode"] == "Conflict"


def test_refunds_at_once_never_exceed_what_was_paid(paylabs, an_order):
    trade_no = an_order()
    paylabs.pay(trade_no, silent=True)

    with ThreadPoolExecutor(8) as crowd:
        numbers = (f"RF-{number}" for number in range(8))
        answers = list(crowd.map(lambda n: _refund(paylabs, trade_no, "3000.00", n), numbers))

    assert [answer["errCode"] for answer in answers].count("0") == 3


def test_an_unpaid_order_is_not_refunded(paylabs, an_order):
    assert _refund(paylabs, an_order(), "1.00")["errCode"] == "NotPaid"


def test_a_refund_may_take_its_time_or_be_rejected(paylabs, an_order):
    trade_no = an_order()
    paylabs.pay(trade_no, silent=True)
    paylabs.behave("refund", "in_work", seconds=0.5, times=1)

    assert _refund(paylabs, trade_no, "1000.00", "RF-1")["status"] == "01"
    paylabs.behave("refund", "reject", times=1)
    assert _refund(paylabs, trade_no, "9000.00", "RF-2")["status"] == "09"

    def status(number):
        found = paylabs.call("qris/refund/query", merchantTradeNo=trade_no, refundNo=number)
        return found["status"]

    paylabs.until(lambda: status("RF-1") == "02")
    assert paylabs.order(trade_no)["refundedAmount"] == "1000.00"


def test_an_unknown_refund_is_not_found(paylabs, an_order):
    found = paylabs.call("qris/refund/query", merchantTradeNo=an_order(), refundNo="RF-0")

    assert found["errCode"] == "RefundNotFound"


# ── Settlement ──
def _settlement(paylabs, day, page=1):
    return paylabs.call("settlement/query", settlementDate=f"{day:%Y%m%d}", page=page)


def test_a_payment_is_settled_the_next_morning(paylabs, an_order):
    trade_no = an_order()
    paid = paylabs.pay(trade_no, silent=True)

    tomorrow = business_day(datetime.now(UTC)) + timedelta(days=1)

    assert paid["settlementTime"] == f"{tomorrow:%Y%m%d}100000"
    assert _settlement(paylabs, tomorrow)["rows"] == []


def test_what_is_settled_now_is_in_todays_feed(paylabs, an_order):
    trade_no, _unpaid = an_order(amount="100000.00"), an_order()
    paylabs.pay(trade_no, silent=True)

    assert paylabs.settle() == 1

    [row] = _settlement(paylabs, business_day(datetime.now(UTC)))["rows"]
    assert row["merchantTradeNo"] == trade_no
    assert (row["amount"], row["totalTransFee"], row["netAmount"]) == (
        "100000.00",
        "700.00",
        "99300.00",
    )


def test_a_settlement_row_may_be_missing_twice_or_wrong(paylabs, an_order):
    missing, twice, wrong = an_order(), an_order(), an_order()
    for trade_no in (missing, twice, wrong):
        paylabs.pay(trade_no, silent=True)
    paylabs.distort(missing, missing=True)
    paylabs.distort(twice, twice=True)
    paylabs.distort(wrong, netAmount="1.00")
    paylabs.settle()

    rows = _settlement(paylabs, business_day(datetime.now(UTC)))["rows"]

    assert sorted(row["merchantTradeNo"] for row in rows) == sorted([twice, twice, wrong])
    assert {row["netAmount"] for row in rows if row["merchantTradeNo"] == wrong} == {"1.00"}


def _status(paylabs, trade_no) -> str:
    return paylabs.call("qris/query", merchantTradeNo=trade_no)["status"]
