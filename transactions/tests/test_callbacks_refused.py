"""A callback is believed when its signature, its time and its figures hold; every answer is signed."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from transactions.models import DailyTotal, Transaction
from transactions.services.sales import NewSale, create_sale
from transactions.tests.callbacks import (
    PATH,
    fields_of,
    headers_for,
    is_ours,
    report,
    send,
    to_bytes,
)

OTHER_PATH = "/api/transactions/webhook/paylabs"


@pytest.fixture
def sale(paylabs, warung) -> Transaction:
    return create_sale(
        merchant=warung, sale=NewSale(method="QRIS", amount=Decimal(1000)), now=timezone.now()
    )


@pytest.fixture
def body(sale, paylabs) -> bytes:
    return to_bytes(fields_of(sale, paylabs))


def assert_unpaid(sale):
    sale.refresh_from_db()
    assert sale.status == "PENDING"
    assert DailyTotal.objects.get().paid_count == 0


# ── Believed ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [PATH, OTHER_PATH])
def test_a_callback_is_believed_at_either_address_when_signed_for_it(paylabs, sale, path):
    assert report(sale, paylabs, path=path).status_code == 200

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"


def test_the_bytes_that_came_are_verified_however_they_are_written(paylabs, sale):
    fields = fields_of(sale, paylabs, amount=1000.00, note="é \u0000 <>")
    body = json.dumps(fields, indent=3, ensure_ascii=True).encode()

    assert send(body, headers_for(body, paylabs)).status_code == 200

    sale.refresh_from_db()
    assert sale.status == "SUCCESS"


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_clocks_may_differ_by_a_few_minutes(paylabs, sale, minutes):
    at = timezone.now() + timedelta(minutes=minutes)

    assert report(sale, paylabs, at=at).status_code == 200


# ── Refused ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("amount", ["1.00", "999.99", "1000.01", "100000.00", "0.00", "-1000.00"])
def test_a_callback_of_another_amount_pays_nothing(paylabs, sale, amount):
    answer = report(sale, paylabs, amount=amount)

    assert answer.status_code == 400
    assert answer.json()["errCode"] != "0"
    assert_unpaid(sale)


@pytest.mark.parametrize(
    "age", [timedelta(days=1), timedelta(minutes=6), timedelta(days=365 * 6), timedelta(minutes=-6)]
)
def test_a_callback_of_another_time_is_refused(paylabs, sale, age):
    answer = report(sale, paylabs, at=timezone.now() - age)

    assert answer.status_code == 401
    assert_unpaid(sale)


@pytest.mark.parametrize("missing", ["X-SIGNATURE", "X-TIMESTAMP"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_callback_without_a_signature_header_is_refused(paylabs, sale, body, missing, value):
    headers = headers_for(body, paylabs) | {missing: value}

    answer = send(body, {name: text for name, text in headers.items() if text is not None})

    assert answer.status_code == 401
    assert_unpaid(sale)


@pytest.mark.parametrize("signature", ["x", "====", "AAAA", "é", "A" * 344, "A" * 100_000])
def test_a_signature_of_nonsense_is_refused(paylabs, sale, body, signature):
    headers = headers_for(body, paylabs) | {"X-SIGNATURE": signature}

    assert send(body, headers).status_code == 401
    assert_unpaid(sale)


@pytest.mark.parametrize(
    "timestamp", ["yesterday", "2026-03-02T12:00:00", "0001-01-01T00:00:00+07:00"]
)
def test_a_time_of_nonsense_is_refused_even_when_signed(
    paylabs, sale, body, monkeypatch, timestamp
):
    monkeypatch.setattr("transactions.tests.callbacks.timestamp_of", lambda _: timestamp)

    assert send(body, headers_for(body, paylabs)).status_code == 401
    assert_unpaid(sale)


def test_a_body_that_was_written_anew_after_signing_is_refused(paylabs, sale, body):
    written_anew = json.dumps(json.loads(body)).encode()

    assert send(written_anew, headers_for(body, paylabs)).status_code == 401
    assert_unpaid(sale)


def test_a_signature_for_the_other_address_is_refused(paylabs, sale, body):
    assert send(body, headers_for(body, paylabs, path=OTHER_PATH)).status_code == 401
    assert_unpaid(sale)


def test_our_own_key_signs_no_callback(paylabs, sale, body):
    headers = headers_for(body, paylabs, key=paylabs.keys["PRIVATE_KEY"])

    assert send(body, headers).status_code == 401
    assert_unpaid(sale)


def test_a_callback_for_another_merchant_of_the_gateway_pays_nothing(paylabs, sale):
    assert report(sale, paylabs, merchantId="999999").status_code == 400
    assert_unpaid(sale)


def test_a_cash_sale_is_nobody_elses_to_pay(paylabs, warung):
    cash = create_sale(
        merchant=warung, sale=NewSale(method="CASH", amount=Decimal(1000)), now=timezone.now()
    )
    before = Transaction.objects.values().get(pk=cash.pk)

    assert report(cash, paylabs, status="09").status_code == 404
    assert Transaction.objects.values().get(pk=cash.pk) == before


# ── Our answer ─────────────────────────────────────────────────────────────────────────


def test_the_acknowledgement_has_the_gateways_fields_and_our_signature(paylabs, sale):
    answer = report(sale, paylabs)

    assert answer.json() == {
        "merchantId": paylabs.keys["MID"],
        "requestId": "b1d0c1f0a6a34d5c8f6f1e2d3c4b5a69",
        "errCode": "0",
        "errCodeDes": "Success",
    }
    assert answer["X-PARTNER-ID"] == paylabs.keys["MID"]
    assert is_ours(answer, paylabs)


def test_the_answer_for_an_unknown_sale_is_signed_as_it_is_sent(paylabs, sale):
    answer = report(sale, paylabs, merchantTradeNo="0" * 32)

    assert (answer.status_code, answer.json()["errCode"]) == (404, "404")
    assert is_ours(answer, paylabs)


def test_the_refusal_of_an_amount_is_signed_as_it_is_sent(paylabs, sale):
    assert is_ours(report(sale, paylabs, amount="1.00"), paylabs)


@pytest.mark.parametrize("code", ["1", "", None, 0])
def test_a_payment_that_comes_with_an_error_is_none(sale, paylabs, code):
    answer = report(sale, paylabs, errCode=code)

    sale.refresh_from_db()
    assert (answer.status_code, sale.status) == (400, "PENDING")
