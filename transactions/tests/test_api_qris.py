from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from core.dates import JAKARTA
from core.models import IdempotencyRecord
from core.tests.hands import side_by_side
from transactions.models import DailyTotal, Transaction
from transactions.tests.callbacks import report

CREATE = "/api/transactions/create"
# As the source document's own curl sends it.
SALE = {
    "type": "QRIS",
    "amount": 50000,
    "description": "Pembelian produk",
    "productName": "Kopi Arabica 250g",
    "productInfo": [
        {"id": "SKU-1", "name": "Kopi Arabica 250g", "quantity": 2, "unitPrice": 25000}
    ],
}
pytestmark = pytest.mark.django_db


def sell(till, key="k-1", **overrides):
    body = SALE | overrides
    return till.post(CREATE, body, format="json", headers={"Idempotency-Key": key})


def test_a_qris_sale_answers_its_code(api, sari, warung, paylabs):
    answer = sell(api(sari))

    body = answer.json()
    data = body["data"]
    sale = Transaction.objects.get()
    assert (answer.status_code, body["success"], bool(body["message"])) == (201, True, True)
    assert data == {
        "transactionId": sale.code,
        "amount": "50000.00",
        "status": "Pending",
        "qrCode": paylabs.order(sale.code)["qrCode"],
        "qrisUrl": f"{paylabs.url}/pay/{sale.code}",
        "expiredTime": paylabs.order(sale.code)["expiredTime"],
        "productInfo": [
            {
                "id": "SKU-1",
                "name": "Kopi Arabica 250g",
                "quantity": 2,
                "price": "25000.00",
                "unitPrice": "25000.00",
                "totalPrice": "50000.00",
                "type": "General",
                "url": "",
            }
        ],
    }
    assert len(sale.code) == 32


def test_the_code_can_be_paid_for_a_quarter_of_an_hour(api, sari, warung, paylabs):
    expires = sell(api(sari)).json()["data"]["expiredTime"]

    left = datetime.strptime(expires, "%Y%m%d%H%M%S").replace(tzinfo=JAKARTA) - timezone.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


def test_a_waiting_sale_counts_as_waiting(api, sari, warung, paylabs):
    sell(api(sari))

    [total] = DailyTotal.objects.all()
    assert (total.pending_count, total.pending_amount, total.paid_count) == (1, 50000, 0)


def test_a_paid_sale_tells_its_fee_its_net_amount_and_its_history(api, sari, warung, paylabs):
    till = api(sari)
    code = sell(till).json()["data"]["transactionId"]
    paylabs.pay(code, silent=True, issuer="OVO")
    till.get(f"/api/transactions/{code}/check-status")

    shown = till.get(f"/api/transactions/{code}").json()["data"]

    assert (shown["status"], shown["paymentChannel"]) == ("Success", "OVO")
    assert (shown["feeAmount"], shown["netAmount"]) == ("350.00", "49650.00")
    assert shown["settlementDate"] is None
    assert shown["metadata"]["qrString"] == paylabs.order(code)["qrCode"]
    assert shown["metadata"]["paylabsRef"] == paylabs.order(code)["platformTradeNo"]
    assert [(step["event"], step["source"]) for step in shown["history"]] == [
        ("RECORDED", None),
        ("CODE_SHOWN", "TILL"),
        ("PAID", "INQUIRY"),
    ]


def test_a_status_check_of_cash_asks_nobody(api, sari, warung):
    till = api(sari)
    code = till.post(CREATE, {"type": "CASH", "amount": 500}, format="json").json()["data"][
        "transactionId"
    ]

    shown = till.get(f"/api/transactions/{code}/check-status").json()["data"]

    assert (shown["status"], shown["paylabsStatus"], shown["amount"]) == ("Success", None, "500.00")


def test_a_repeat_gets_the_same_bytes_also_when_the_sale_is_paid(api, sari, warung, paylabs):
    till = api(sari)
    first = sell(till)
    paylabs.pay(first.json()["data"]["transactionId"], silent=True)
    report(Transaction.objects.get(), paylabs)

    again = sell(till)

    assert (again.status_code, again.content) == (201, first.content)
    assert Transaction.objects.count() == 1


def test_the_key_of_a_sale_that_the_gateway_refused_refuses_again(api, sari, warung, paylabs):
    till = api(sari)
    paylabs.behave("create", "refuse", times=1)

    first, again = sell(till), sell(till)

    assert (first.status_code, first.json()["code"]) == (400, "gateway_refused")
    assert again.json() == first.json()
    assert Transaction.objects.get().status == "FAILED"


def test_a_key_belongs_to_one_body(api, sari, warung, paylabs):
    till = api(sari)
    sell(till)

    assert sell(till, amount=60000, productInfo=[]).status_code == 422
    assert Transaction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_calls_under_one_key_make_one_order(api, sari, warung, paylabs):
    tills = [api(sari) for _ in range(8)]
    paylabs.behave("create", "slow", seconds=0.3, times=1)

    answers = side_by_side(8, lambda number: sell(tills[number]))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(201) >= 1
    assert set(statuses) <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Transaction.objects.count() == 1
    assert IdempotencyRecord.objects.get().status == 201
