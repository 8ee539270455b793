from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from transactions.selectors import sales as selector
from transactions.tests.factories import NOON, a_refund, a_sale

LIST = "/api/transactions"
DAY = timedelta(days=1)


def codes(answer) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [row["transactionId"] for row in answer.json()["data"]]


@pytest.fixture
def sales(warung) -> list[str]:
    """Thirty sales of ten days, three at the same instant each; newest first."""
    made = [a_sale(warung, occurred_at=NOON - (n // 3) * DAY) for n in range(30)]
    return [s.code for s in sorted(made, key=lambda s: (s.occurred_at, s.pk), reverse=True)]


def test_the_list_is_newest_first_with_its_pagination(api, sari, sales):
    answer = api(sari).get(LIST)

    assert codes(answer) == sales[:20]
    assert answer.json()["pagination"] == {
        "total": 30,
        "page": 1,
        "limit": 20,
        "pages": 2,
        "totalIsExact": True,
        "nextCursor": sales[19],
        "searchedSince": None,
    }


@pytest.mark.parametrize("limit", [1, 4, 7, 30, 100])
@pytest.mark.parametrize("filters", [{}, {"status": "Success"}, {"startDate": "2026-02-21"}])
def test_all_pages_together_are_the_whole_list(api, sari, sales, limit, filters):
    till, seen = api(sari), []
    for page in range(1, 30 // limit + 2):
        seen += codes(till.get(LIST, filters | {"page": page, "limit": limit}))

    assert seen == sales


@pytest.mark.parametrize("filters", [{}, {"type": "QRIS"}, {"search": "kopi"}])
def test_following_the_cursor_reads_the_whole_list(api, sari, warung, filters):
    made = [
        a_sale(warung, occurred_at=NOON - (n // 3) * DAY, product_name="Es kopi") for n in range(9)
    ]
    till, seen, cursor = api(sari), [], {}
    for _ in range(3):
        answer = till.get(LIST, filters | cursor | {"limit": 4})
        seen += codes(answer)
        cursor = {"cursor": answer.json()["pagination"]["nextCursor"]}

    assert cursor == {"cursor": None}
    assert seen == [s.code for s in sorted(made, key=lambda s: (s.occurred_at, s.pk), reverse=True)]


def test_a_page_beyond_the_end_is_empty(api, sari, sales):
    for filters in ({}, {"status": "Success"}):
        answer = api(sari).get(LIST, filters | {"page": 10_000_000, "limit": 100})
        assert (codes(answer), answer.json()["pagination"]["total"]) == ([], 30)


def test_an_empty_shop_has_an_empty_list(api, sari, warung):
    answer = api(sari).get(LIST)

    assert codes(answer) == []
    assert answer.json()["pagination"]["pages"] == 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"status": "Success"}, {"cash", "qris"}),
        ({"status": "Pending"}, {"pending"}),
        ({"status": "Failed"}, {"failed", "expired"}),
        ({"status": "Refunded"}, {"refunded"}),
        ({"type": "CASH"}, {"cash"}),
        ({"type": "E-Wallet"}, {"refunded"}),
        ({"status": "Failed", "type": "QRIS"}, {"failed", "expired"}),
        ({"status": "", "type": "", "startDate": "", "search": ""}, None),
    ],
)
def test_filters_keep_what_they_name(api, sari, warung, filters, expected):
    made = {
        "cash": a_sale(warung, method="CASH"),
        "qris": a_sale(warung),
        "pending": a_sale(warung, status="PENDING"),
        "failed": a_sale(warung, status="FAILED"),
        "expired": a_sale(warung, status="EXPIRED"),
        "refunded": a_sale(warung, status="REFUNDED", method="E_WALLET"),
    }

    answer = api(sari).get(LIST, filters)

    wanted = {made[name].code for name in expected or made}
    assert set(codes(answer)) == wanted
    assert answer.json()["pagination"]["total"] == len(wanted)


def test_dates_are_business_days_both_included(api, sari, warung):
    midnight = NOON - timedelta(hours=12)  # 2 March 2026, 00.00 in Jakarta
    a_sale(warung, occurred_at=midnight - timedelta(microseconds=1))
    first = a_sale(warung, occurred_at=midnight)
    last = a_sale(warung, occurred_at=midnight + 2 * DAY - timedelta(microseconds=1))
    a_sale(warung, occurred_at=midnight + 2 * DAY)

    answer = api(sari).get(LIST, {"startDate": "2026-03-02", "endDate": "2026-03-03"})

    assert codes(answer) == [last.code, first.code]
    assert answer.json()["pagination"]["total"] == 2


@pytest.mark.parametrize(
    "text", ["mie ayam", "MIE", "inv-77", "es teh", "100%", "Inv-77/a", " mie ayam "]
)
def test_search_finds_ids_descriptions_and_products_in_any_case(api, sari, warung, text):
    found = a_sale(
        warung, description="Mie Ayam 100%", product_name="Es Teh", external_id="Inv-77/A"
    )
    a_sale(warung, description="Bakso 100")

    assert codes(api(sari).get(LIST, {"search": text})) == [found.code]


def test_a_percent_sign_is_only_a_percent_sign(api, sari, warung):
    a_sale(warung, description="Bakso")

    for text in ("%", "_", "\\", "'", '"; DROP TABLE x; --', "🍜", "\u202e"):
        assert codes(api(sari).get(LIST, {"search": text})) == []


def test_a_part_of_the_transaction_id_finds_it(api, sari, warung):
    sale = a_sale(warung)

    assert codes(api(sari).get(LIST, {"search": sale.code[5:20].upper()})) == [sale.code]


def test_search_in_a_long_history_reads_whole_days_from_the_newest_end(
    api, sari, warung, sales, monkeypatch
):
    monkeypatch.setattr(selector, "SEARCH_DEPTH", 7)
    old = a_sale(warung, occurred_at=NOON - 20 * DAY, description="Bakso")
    new = a_sale(warung, occurred_at=NOON - DAY, description="Bakso")

    answer = api(sari).get(LIST, {"search": "bakso"})
    dated = api(sari).get(LIST, {"search": "bakso", "endDate": "2026-02-11"})
    by_id = api(sari).get(LIST, {"search": old.code})

    assert codes(answer) == [new.code]
    assert answer.json()["pagination"]["searchedSince"] == "2026-03-01"
    assert codes(dated) == codes(by_id) == [old.code]


def test_a_filtered_count_stops_at_its_bound(api, sari, sales, monkeypatch):
    monkeypatch.setattr(selector, "MAX_COUNTED", 10)

    answer = api(sari).get(LIST, {"status": "Success", "page": 6, "limit": 5})

    pagination = answer.json()["pagination"]
    assert (pagination["total"], pagination["totalIsExact"]) == (10, False)
    assert codes(answer) == sales[25:30]


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"page": -1},
        {"page": "x"},
        {"page": "99999999999999999999"},
        {"limit": 0},
        {"limit": 101},
        {"limit": 300000},
        {"status": "Paid"},
        {"status": "SUCCESS"},
        {"type": "qris"},
        {"startDate": "kemarin"},
        {"startDate": "2026-02-30"},
        {"endDate": "2026-13-01"},
        {"startDate": "2026-03-02", "endDate": "2026-03-01"},
        {"search": "x" * 101},
        {"search": "a\x00b"},
        {"cursor": "x"},
        {"cursor": "0" * 32},
        {"cursor": "a\x00b"},
        {"cursor": "x" * 65},
    ],
)
def test_a_bad_query_is_refused(api, sari, warung, query):
    answer = api(sari).get(LIST, query)

    assert answer.status_code == 400
    assert answer.json()["success"] is False


@pytest.mark.parametrize("query", [{"startDate": "0001-01-01"}, {"endDate": "9999-12-31"}])
def test_the_ends_of_the_calendar_are_dates_too(api, sari, sales, query):
    assert codes(api(sari).get(LIST, query)) == sales[:20]


def test_nobody_sees_another_shops_sales(api, rini, kios, sales):
    rinis = a_sale(kios)
    till = api(rini)

    assert codes(till.get(LIST)) == [rinis.code]
    assert till.get(f"{LIST}/{sales[0]}").status_code == 404
    assert till.get(LIST, {"cursor": sales[0]}).status_code == 400
    assert codes(till.get(LIST, {"search": sales[0]})) == []


def test_an_unknown_sale_is_not_found(api, sari, warung):
    answer = api(sari).get(f"{LIST}/tidak-ada")

    assert (answer.status_code, answer.json()["code"]) == (404, "transaction_not_found")


@pytest.mark.parametrize("person", ["budi", "wayan", "operator", "admin_user"])
def test_only_merchants_read_sales_here(api, warung, person, request):
    sale = a_sale(warung)
    caller = api(request.getfixturevalue(person))

    for path in (LIST, f"{LIST}/{sale.code}", f"{LIST}/export.csv"):
        assert caller.get(path).status_code == 403


def test_an_expired_sale_is_failed_and_says_why(api, sari, warung):
    sale = a_sale(warung, status="EXPIRED")

    row = api(sari).get(f"{LIST}/{sale.code}").json()["data"]

    assert (row["status"], row["statusReason"]) == ("Failed", "expired")


def test_settlement_and_refund_are_shown(api, sari, warung):
    sale = a_sale(
        warung,
        settled_at=NOON + DAY,
        fee_amount=Decimal("105"),
        net_amount=Decimal("14895"),
        refund_status="PROCESSED",
        refunded_amount=Decimal("5000.5"),
        channel="GoPay",
        customer_ref="C-1",
    )
    a_refund(sale, amount=Decimal("5000.5"))

    row = api(sari).get(f"{LIST}/{sale.code}").json()["data"]

    assert (row["settlementDate"], row["settlementTime"]) == (
        "2026-03-03T05:00:00.000Z",
        "12:00:00",
    )
    assert (row["feeAmount"], row["netAmount"]) == ("105.00", "14895.00")
    assert (row["refundStatus"], row["refundAmount"]) == ("Processed", "5000.50")
    assert (row["paymentChannel"], row["customerId"]) == ("GoPay", "C-1")


@pytest.mark.parametrize(
    ("query", "budget"),
    [
        ({}, 2),
        ({"page": 2, "limit": 5}, 3),
        ({"page": 6, "limit": 5}, 3),
        ({"status": "Success"}, 2),
        ({"status": "Success", "page": 6, "limit": 5}, 3),
        ({"search": "kopi"}, 3),
    ],
)
def test_a_page_takes_few_queries_however_many_rows(api, sari, sales, query, budget):
    till = api(sari)
    with CaptureQueriesContext(
        connection,
    ) as signing_in:
        till.get(f"{LIST}/tidak-ada")

    with CaptureQueriesContext(connection) as asked:
        till.get(LIST, query)

    # Beside whoever is calling, and their shop.
    assert len(asked) == len(signing_in) - 1 + budget
