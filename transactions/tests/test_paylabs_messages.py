from datetime import datetime
from decimal import Decimal

import pytest

from core.dates import JAKARTA
from transactions.paylabs.messages import (
    NewOrder,
    Nonsense,
    OrderLine,
    json_object,
    order_body,
    payment_report,
    refund_report,
)

PAYMENT = {"merchantTradeNo": "a" * 32, "status": "02", "amount": "10000.00"}
REFUND = {"refundNo": "b" * 32, "status": "02", "refundAmount": "5000.00"}


def test_an_order_is_worded_with_two_decimals_and_no_nulls():
    line = OrderLine(id="K-1", name="Kopi", price=Decimal("5000"), quantity=2)
    order = NewOrder(
        trade_number="a" * 32,
        amount=Decimal("10000"),
        product_name="K" * 120,
        lifetime_seconds=900,
        lines=[line],
    )

    assert order_body(order, notify_url="http://here/hook") == {
        "requestId": "a" * 32,
        "merchantTradeNo": "a" * 32,
        "paymentType": "QRIS",
        "amount": "10000.00",
        "productName": "K" * 100,
        "expire": 900,
        "notifyUrl": "http://here/hook",
        "productInfo": [
            {
                "id": "K-1",
                "name": "Kopi",
                "price": "5000.00",
                "type": "General",
                "quantity": "2",
                "url": "",
            }
        ],
    }


def test_a_callback_is_read():
    report = payment_report(
        PAYMENT
        | {
            "merchantId": "010001",
            "requestId": "r-1",
            "platformTradeNo": "p-1",
            "successTime": "20261121100000",
            "paymentMethodInfo": {"issuer": "GoPay"},
            "transFeeAmount": "60.00",
            "totalTransFee": "70.00",
        }
    )

    assert report.paid_at == datetime(2026, 11, 21, 10, tzinfo=JAKARTA)
    assert (report.fee, report.channel) == (Decimal("70.00"), "GoPay")
    assert (report.merchant_id, report.request_id, report.platform_trade_no) == (
        "010001",
        "r-1",
        "p-1",
    )


def test_what_is_not_said_is_not_known():
    report = payment_report(PAYMENT)

    assert (report.paid_at, report.fee, report.channel, report.expires_at) == (None, None, "", None)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (b"10000.00", "10000.00"),
        (b"10000", "10000.00"),
        (b'"10000.5"', "10000.50"),
        (b"1e4", "10000.00"),
    ],
)
def test_an_amount_may_be_a_number_or_a_text(said, read):
    body = b'{"merchantTradeNo":"a","status":"02","amount":' + said + b"}"

    assert payment_report(json_object(body)).amount == Decimal(read)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": amount}
        for amount in (
            None,
            "",
            "ten",
            "NaN",
            "Infinity",
            "-1",
            "1e400",
            "0.001",
            True,
            [],
            "1" * 17,
        )
    ]
    + [{"merchantTradeNo": value} for value in (None, "", 7, "a\0b", "a" * 65)]
    + [{"status": value} for value in (None, "", 2, "002")]
    + [{"successTime": value} for value in ("yesterday", "20260230100000", 20261121100000)]
    + [{"totalTransFee": "seven"}],
    ids=str,
)
def test_a_callback_that_makes_no_sense_is_none(wrong):
    with pytest.raises(Nonsense):
        payment_report(PAYMENT | wrong)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b'{"a":1,"a":2}',
        b"\xff",
        b"[" * 100_000,
        b'{"a":' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_object_makes_no_sense(body):
    with pytest.raises(Nonsense):
        json_object(body)


@pytest.mark.parametrize(
    "wrong", [{"refundNo": ""}, {"refundAmount": None}, {"status": None}], ids=str
)
def test_a_refund_that_makes_no_sense_is_none(wrong):
    with pytest.raises(Nonsense):
        refund_report(REFUND | wrong)
