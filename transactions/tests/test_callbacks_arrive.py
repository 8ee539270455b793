"""The whole way over real HTTP: sold here, paid at the gateway, reported back to our address."""

import json
import logging
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import resolve
from django.utils import timezone

from transactions.api.webhook import PaylabsView
from transactions.domain.items import Item
from transactions.models import DailyTotal, Transaction
from transactions.paylabs.client import GatewayUnavailable
from transactions.services.sales import ItemsDoNotMatchAmount, NewSale, create_sale
from transactions.tests.callbacks import PATH

REFERENCE_PATH = "/api/transactions/webhook/paylabs"


@pytest.fixture
def sale(request, paylabs, warung, live_server, settings) -> Transaction:
    """Rp 1,000 whose payment is reported to us."""
    settings.PAYLABS_NOTIFY_URL = live_server.url + getattr(request, "param", PATH)
    return sell(warung)


def sell(shop) -> Transaction:
    sale = NewSale(method="QRIS", amount=Decimal(1000), product_name="Kopi rahasia")
    return create_sale(merchant=shop, sale=sale, now=timezone.now())


def sendings_of(callbacks) -> list[dict]:
    return [sending for callback in callbacks for sending in callback["sendings"]]


def test_the_address_that_the_gateway_is_given_by_default_is_the_webhook():
    address = settings.PAYLABS_NOTIFY_URL

    assert address == f"{settings.BASE_URL}{PATH}"
    assert resolve(urlsplit(address).path).func.view_class is PaylabsView


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sale", [PATH, REFERENCE_PATH], indirect=True)
def test_a_payment_is_confirmed_and_its_callback_acknowledged_at_once(paylabs, sale):
    paylabs.pay(sale.code)

    callbacks = paylabs.until_told(sale.code)

    assert [callback["state"] for callback in callbacks] == ["ACKNOWLEDGED"]
    assert len(sendings_of(callbacks)) == 1
    sale.refresh_from_db()
    assert sale.status == "SUCCESS"


@pytest.mark.django_db(transaction=True)
def test_ten_copies_of_a_callback_and_a_contradiction_count_a_payment_once(paylabs, sale):
    paylabs.pay(sale.code, copies=10, failed="after")

    callbacks = paylabs.until_told(sale.code)

    assert {callback["state"] for callback in callbacks} == {"ACKNOWLEDGED"}
    assert len(callbacks) == 11
    total = DailyTotal.objects.get()
    assert (total.paid_count, total.paid_amount, total.failed_count) == (1, 1000, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fault",
    [
        {"amount": "1.00"},
        {"merchant": "999999"},
        {"bad_signature": True},
        {"no_signature": True},
        {"old_timestamp": True},
        {"reserialised": True},
    ],
    ids=str,
)
def test_a_spoilt_callback_is_refused_and_the_honest_one_after_it_counts(paylabs, sale, fault):
    paylabs.pay(sale.code, **fault)

    callbacks = paylabs.until_told(sale.code)

    assert [callback["state"] for callback in callbacks] == ["ACKNOWLEDGED"]
    refused, accepted = [sending["problem"] for sending in sendings_of(callbacks)]
    assert refused.startswith("HTTP 4")
    assert accepted == ""
    assert DailyTotal.objects.get().paid_count == 1


@pytest.mark.django_db(transaction=True)
def test_a_callback_written_in_another_way_is_believed(paylabs, sale):
    paylabs.pay(sale.code, loose=True)

    assert len(sendings_of(paylabs.until_told(sale.code))) == 1
    sale.refresh_from_db()
    assert sale.status == "SUCCESS"


@pytest.mark.django_db(transaction=True)
def test_neither_signatures_nor_keys_nor_contents_are_logged(paylabs, sale, warung, caplog):
    caplog.set_level(logging.INFO)
    paylabs.pay(sale.code, bad_signature=True)
    paylabs.until_told(sale.code)
    sell(warung)
    paylabs.behave("create", "garbage")
    with pytest.raises(GatewayUnavailable):
        sell(warung)

    kept = json.dumps([record.__dict__ for record in caplog.records], default=repr)
    assert "gateway_talks_nonsense" in kept
    for secret in ("rahasia", settings.PAYLABS_PRIVATE_KEY[:60], "X-SIGNATURE", "x-signature"):
        assert secret not in kept


def test_lines_with_either_name_of_the_price_are_taken_by_the_gateway(paylabs, api, sari, warung):
    for name in ("price", "unitPrice"):
        line = {"id": "P1", "name": "Kopi", name: 5000, "quantity": 2, "type": "Drink", "url": ""}
        body = {"type": "QRIS", "amount": 10000, "productName": "Kopi", "productInfo": [line]}

        answer = api(sari).post("/api/transactions/create", body, format="json")

        shown = answer.json()["data"]
        order = paylabs.order(shown["transactionId"])
        assert answer.status_code == 201
        assert shown["qrCode"].startswith("000201")
        assert (shown["qrCode"], shown["qrisUrl"]) == (order["qrCode"], order["qrisUrl"])


def test_lines_that_do_not_add_up_never_reach_the_gateway(paylabs, warung):
    lines = (Item(id="P1", name="Kopi", quantity=10, price=Decimal(99_999), more={}),)
    sale = NewSale(method="QRIS", amount=Decimal(1000), items=lines)

    with pytest.raises(ItemsDoNotMatchAmount):
        create_sale(merchant=warung, sale=sale, now=timezone.now())

    assert not Transaction.objects.exists()
