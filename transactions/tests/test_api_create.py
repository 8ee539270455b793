import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from django.db import connection

from fraud.services import BLOCK, Decision
from transactions.models import DailyTotal, Transaction

CREATE = "/api/transactions/create"
KOPI = {"id": "WRG-001", "name": "Kopi Hitam Tubruk", "quantity": 2, "price": 5000}


def a_body(**overrides) -> dict:
    return {"type": "CASH", "amount": 50000, "description": "Belanja"} | overrides


def test_a_cash_sale_answers_the_transaction(api, sari, warung):
    answer = api(sari).post(
        CREATE,
        a_body(amount=10000, productName="Kopi", productInfo=[KOPI]),
        format="json",
        headers={"Accept-Language": "en"},
    )

    assert answer.status_code == 201
    body = answer.json()
    row = body["data"]
    assert (body["success"], body["message"]) == (True, "Cash sale recorded")
    assert row == {
        "transactionId": Transaction.objects.get().code,
        "merchantId": warung.code,
        "externalId": None,
        "transactionDate": row["createdAt"],
        "amount": "10000.00",
        "paymentMethod": "CASH",
        "paymentChannel": None,
        "status": "Success",
        "statusReason": None,
        "refundStatus": "None",
        "refundAmount": "0.00",
        "chargebackFlag": False,
        "settlementDate": row["createdAt"],
        "settlementTime": row["settlementTime"],
        "feeAmount": "0.00",
        "netAmount": "10000.00",
        "customerId": None,
        "metadata": {
            "description": "Belanja",
            "productName": "Kopi",
            "productInfo": [KOPI | {"unitPrice": 5000, "totalPrice": 10000}],
        },
        "createdAt": row["createdAt"],
        "updatedAt": row["createdAt"],
    }
    shown = api(sari).get(f"/api/transactions/{row['transactionId']}").json()["data"]
    assert shown == row | {"refunds": [], "history": shown["history"]}
    assert [step["event"] for step in shown["history"]] == ["RECORDED", "PAID"]


@pytest.mark.parametrize("name", ["price", "unitPrice"])
def test_either_name_of_the_price_is_understood(api, sari, warung, name):
    item = {"name": "Kopi", "quantity": 1, name: "2500.50"}

    answer = api(sari).post(CREATE, a_body(amount="2500.50", productInfo=[item]), format="json")

    [line] = answer.json()["data"]["metadata"]["productInfo"]
    assert (line["price"], line["unitPrice"], line["totalPrice"]) == (2500.5, 2500.5, 2500.5)


def test_two_different_prices_of_one_line_are_refused(api, sari, warung):
    item = {"name": "Kopi", "quantity": 1, "price": 1, "unitPrice": 2}

    answer = api(sari).post(CREATE, a_body(productInfo=[item]), format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "productInfo.0.unitPrice"


def test_items_that_do_not_match_are_refused(api, sari, warung):
    answer = api(sari).post(CREATE, a_body(amount=1000, productInfo=[KOPI]), format="json")

    assert answer.status_code == 400
    assert answer.json()["code"] == "items_do_not_match_amount"
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "CASH"},
        {"amount": 1000},
        a_body(type="cash"),
        a_body(type="BITCOIN"),
        a_body(amount=0),
        a_body(amount=-1),
        a_body(amount=0.001),
        a_body(amount="1e3"),
        a_body(amount=True),
        a_body(amount=100000000000000),
        a_body(description="x" * 201),
        a_body(productName="x" * 101),
        a_body(productInfo="Kopi"),
        a_body(productInfo=[KOPI] * 201),
        a_body(productInfo=["Kopi"]),
        a_body(productInfo=[KOPI | {"quantity": 0}]),
        a_body(productInfo=[KOPI | {"quantity": True}]),
        a_body(productInfo=[KOPI | {"quantity": 1.5}]),
        a_body(productInfo=[KOPI | {"price": "NaN"}]),
        a_body(productInfo=[{"id": "WRG-001", "quantity": 1}]),
        ["CASH", 1000],
        "CASH",
        None,
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_written(api, sari, warung, body):
    answer = api(sari).post(CREATE, body, format="json")

    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"CASH","amount":NaN}',
        b'{"type":"CASH","amount":Infinity}',
        b'{"type":"CASH","amount":1e999}',
        b'{"type":"CASH","amount":1000,"amount":2000}',
        b'{"type":"CASH","amount":1000,"description":"a\\u0000b"}',
        b'{"type":"CASH","amount":1000,"description":"\\ud800"}',
        b'{"type":"CASH","amount":1000',
        b"",
    ],
)
def test_a_body_that_two_parsers_could_read_differently_is_refused(api, sari, warung, raw):
    answer = api(sari).post(CREATE, raw, content_type="application/json")

    assert answer.status_code == 400
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("text", ["🍜 Mie ayam", "\u202eterbalik", "قهوة", "日本茶"])
def test_texts_of_any_script_come_back_as_sent(api, sari, warung, text):
    item = {"name": text, "quantity": 1, "price": 50000}

    answer = api(sari).post(CREATE, a_body(description=text, productInfo=[item]), format="json")

    metadata = answer.json()["data"]["metadata"]
    assert metadata["description"] == metadata["productInfo"][0]["name"] == text


def test_qris_without_a_gateway_is_said_to_be_unavailable(api, sari, warung):
    answer = api(sari).post(CREATE, a_body(type="QRIS"), format="json")

    assert (answer.status_code, answer.json()["code"]) == (503, "gateway_not_configured")


def test_a_blocked_sale_names_the_decision(api, sari, warung):
    decision = Decision(decision_id="7f9c24e5-2f3a-4a37-9c50-5d1a3b0f6f11", outcome=BLOCK)
    with patch("transactions.services.sales.decide", return_value=decision):
        answer = api(sari).post(CREATE, a_body(), format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    assert answer.json()["errors"] == [{"field": "decisionId", "message": decision.decision_id}]


@pytest.mark.parametrize("person", ["budi", "wayan", "operator", "admin_user"])
def test_only_merchants_record_sales(api, warung, person, request):
    caller = api(request.getfixturevalue(person))

    assert caller.post(CREATE, a_body(), format="json").status_code == 403


def test_a_stranger_must_sign_in(api):
    assert api().post(CREATE, a_body(), format="json").status_code == 401


def test_a_person_without_a_shop_gets_404(api, sari):
    answer = api(sari).post(CREATE, a_body(), format="json")

    assert (answer.status_code, answer.json()["code"]) == (404, "merchant_not_found")


# ── The same call twice ────────────────────────────────────────────────────────────────


def keyed(key: str) -> dict:
    return {"Idempotency-Key": key}


def test_the_same_key_gets_the_stored_answer(api, sari, warung):
    till = api(sari)

    first = till.post(CREATE, a_body(), format="json", headers=keyed("a"))
    second = till.post(CREATE, a_body(), format="json", headers=keyed("a"))

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert Transaction.objects.count() == DailyTotal.objects.get().paid_count == 1


def test_the_same_key_for_another_body_is_a_mismatch(api, sari, warung):
    till = api(sari)
    till.post(CREATE, a_body(), format="json", headers=keyed("a"))

    answer = till.post(CREATE, a_body(amount=1), format="json", headers=keyed("a"))

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert Transaction.objects.count() == 1


def test_a_key_belongs_to_its_user(api, sari, warung, rini, kios):
    for owner in (sari, rini):
        answer = api(owner).post(CREATE, a_body(), format="json", headers=keyed("a"))
        assert answer.status_code == 201

    assert Transaction.objects.count() == 2


def test_without_a_key_two_calls_are_two_sales(api, sari, warung):
    till = api(sari)

    codes = {
        till.post(CREATE, a_body(), format="json").json()["data"]["transactionId"] for _ in range(2)
    }

    assert len(codes) == 2


def test_a_crash_while_remembering_leaves_neither_sale_nor_key(api, sari, warung):
    till = api(sari)
    with patch("core.api.idempotency.Attempt.keep", side_effect=RuntimeError("power")):
        crashed = till.post(CREATE, a_body(), format="json", headers=keyed("a"))
    assert crashed.status_code == 500
    assert not Transaction.objects.exists()

    assert till.post(CREATE, a_body(), format="json", headers=keyed("a")).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_eight_copies_at_once_make_one_sale_per_key(api, sari, warung):
    callers = [api(sari) for _ in range(8)]
    together = threading.Barrier(8)

    def send(caller):
        statuses = []
        for key in "abc":
            together.wait()
            answer = caller.post(CREATE, a_body(), format="json", headers=keyed(key))
            statuses.append(answer.status_code)
        connection.close()
        return statuses

    with ThreadPoolExecutor(8) as tills:
        answers = [status for statuses in tills.map(send, callers) for status in statuses]

    assert set(answers) <= {201, 409}
    assert Transaction.objects.count() == DailyTotal.objects.get().paid_count == 3
