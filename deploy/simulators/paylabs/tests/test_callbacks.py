"""Callbacks, honest and spoilt, as they arrive at the merchant."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from deploy.simulators.paylabs.keys import new_keys
from deploy.simulators.paylabs.tests.conftest import Merchant, listening
from transactions.paylabs.signing import instant_of
from transactions.tests.gateway import simulator


def test_a_payment_is_told_once_signed_and_in_the_vendors_words(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no, issuer="OVO")
    [callback] = paylabs.until_told(trade_no)

    [heard] = merchant.heard
    assert callback["state"] == "ACKNOWLEDGED"
    assert heard.is_signed
    assert heard.headers["X-REQUEST-ID"] == heard.fields["requestId"]
    assert set(heard.fields) == {
        *(
            "merchantId",
            "requestId",
            "errCode",
            "paymentType",
            "amount",
            "createTime",
            "successTime",
        ),
        *("merchantTradeNo", "platformTradeNo", "status", "productName", "paymentMethodInfo"),
        *("transFeeRate", "transFeeAmount", "totalTransFee"),
    }
    assert (heard.fields["status"], heard.fields["totalTransFee"]) == ("02", "70.00")


def test_a_failed_payment_is_told(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.fail(trade_no)
    paylabs.until_told(trade_no)

    assert [heard.fields["status"] for heard in merchant.heard] == ["09"]


@pytest.mark.parametrize("answer", ["error", "refused", "badly signed"])
def test_what_is_not_acknowledged_is_sent_again(paylabs, an_order, merchant, answer):
    merchant.answers = [answer, answer]
    trade_no = an_order()
    paylabs.pay(trade_no)
    [callback] = paylabs.until_told(trade_no)

    assert callback["state"] == "ACKNOWLEDGED"
    assert [bool(sending["problem"]) for sending in callback["sendings"]] == [True, True, False]
    assert len({heard.body for heard in merchant.heard}) == 1


def test_copies_come_at_once(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no, copies=10)
    paylabs.until_told(trade_no)

    assert len(merchant.heard) == 10
    assert len({heard.body for heard in merchant.heard}) == 1


def test_a_delayed_callback_waits(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no, delay=0.6)
    assert paylabs.callbacks(trade_no)[0]["state"] == "WAITING"

    [callback] = paylabs.until_told(trade_no)

    assert len(merchant.heard) == 1


@pytest.mark.parametrize(
    ("moment", "statuses"), [("before", ["09", "02"]), ("after", ["02", "09"])]
)
def test_a_failed_callback_comes_before_or_after(paylabs, an_order, merchant, moment, statuses):
    trade_no = an_order()
    paylabs.pay(trade_no, failed=moment)
    paylabs.until_told(trade_no)

    assert [heard.fields["status"] for heard in merchant.heard] == statuses
    assert paylabs.order(trade_no)["status"] == "02"


@pytest.mark.parametrize("fault", ["bad_signature", "no_signature", "reserialised"])
def test_a_spoilt_signature_is_followed_by_an_honest_one(paylabs, an_order, merchant, fault):
    merchant.answers = ["refused"]
    trade_no = an_order()
    paylabs.pay(trade_no, **{fault: True})
    paylabs.until_told(trade_no)

    assert [heard.is_signed for heard in merchant.heard] == [False, True]
    assert ("X-SIGNATURE" in merchant.heard[0].headers) == (fault != "no_signature")


def test_a_spoilt_callback_is_sent_once_when_nothing_is_retried(paylabs, an_order, merchant):
    merchant.answers = ["error"]
    trade_no = an_order()
    paylabs.pay(trade_no, bad_signature=True, retry=False)
    [callback] = paylabs.until_told(trade_no)

    assert callback["state"] == "GIVEN_UP"
    assert len(merchant.heard) == 1


def test_an_old_timestamp_is_signed_as_it_is(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no, old_timestamp=True)
    paylabs.until_told(trade_no)

    sent_at = instant_of(merchant.heard[0].headers["X-TIMESTAMP"])
    assert merchant.heard[0].is_signed
    assert datetime.now(UTC) - sent_at > timedelta(hours=23)


def test_a_wrong_amount_and_a_wrong_merchant_are_signed(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no, amount="1.00", merchant="999999")
    paylabs.until_told(trade_no)

    [heard] = merchant.heard
    assert heard.is_signed
    assert (heard.fields["amount"], heard.fields["merchantId"]) == ("1.00", "999999")


def test_a_loose_body_is_rightly_signed(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no, loose=True)
    paylabs.until_told(trade_no)

    [heard] = merchant.heard
    assert heard.is_signed
    assert b'"amount" : 10000.00' in heard.body
    assert Decimal(str(heard.fields["amount"])) == 10000


def test_a_silent_payment_is_only_found_by_asking(paylabs, an_order):
    trade_no = an_order()
    paylabs.pay(trade_no, silent=True)

    assert paylabs.callbacks(trade_no) == []
    assert paylabs.call("qris/query", merchantTradeNo=trade_no)["status"] == "02"


def test_an_announcement_leaves_the_order_as_it_is(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.announce(trade_no, "02")
    paylabs.until_told(trade_no)

    assert merchant.heard[0].fields["status"] == "02"
    assert paylabs.order(trade_no)["status"] == "01"


def test_an_acknowledged_callback_can_be_sent_again(paylabs, an_order, merchant):
    trade_no = an_order()
    paylabs.pay(trade_no)
    [callback] = paylabs.until_told(trade_no)

    paylabs.resend(callback["id"])

    paylabs.until(lambda: len(merchant.heard) == 2)


def test_orders_and_unfinished_callbacks_outlive_a_restart(tmp_path):
    keys = new_keys()
    merchant = Merchant(keys)
    with listening(merchant):
        address = merchant.url
    # The address is shut now, as when the merchant is down.
    with simulator(tmp_path, keys=keys) as before:
        before.call(
            "qris/create",
            merchantTradeNo="T-1",
            paymentType="QRIS",
            amount="10000.00",
            productName="Kopi",
            notifyUrl=address,
        )
        before.pay("T-1")
        before.until(lambda: before.callbacks("T-1")[0]["sendings"])
        assert before.callbacks("T-1")[0]["state"] == "WAITING"
        before.process.kill()

    with listening(merchant, port=urlsplit(address).port), simulator(tmp_path, keys=keys) as after:
        [callback] = after.until_told("T-1")

        assert callback["state"] == "ACKNOWLEDGED"
        assert after.order("T-1")["status"] == "02"
