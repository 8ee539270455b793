import csv
import io
from datetime import timedelta

import pytest

from core.models import AuditEntry
from transactions.api import exports
from transactions.tests.factories import NOON, a_sale

EXPORT = "/api/transactions/export.csv"


def rows(answer) -> list[dict]:
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_export_is_a_csv_file_of_every_sale(api, sari, warung, kios):
    old = a_sale(warung, occurred_at=NOON - timedelta(days=1), status="PENDING")
    new = a_sale(warung, external_id="INV-1", settled_at=NOON, fee_amount=105, net_amount=14895)
    a_sale(kios)

    answer = api(sari).get(EXPORT, headers={"Accept": "text/csv"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith(
        f'attachment; filename="transactions-{warung.code}-'
    )
    found = rows(answer)
    assert [row["transactionId"] for row in found] == [new.code, old.code]
    assert found[0] == {
        "transactionId": new.code,
        "externalId": "INV-1",
        "transactionDate": "2026-03-02T12:00:00+07:00",
        "amount": "15000.00",
        "paymentMethod": "QRIS",
        "paymentChannel": "",
        "status": "Success",
        "refundStatus": "None",
        "refundAmount": "0.00",
        "feeAmount": "105.00",
        "netAmount": "14895.00",
        "settlementDate": "2026-03-02T12:00:00+07:00",
        "customerId": "",
        "description": "",
        "productName": "",
    }
    assert (found[1]["status"], found[1]["settlementDate"]) == ("Pending", "")


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://evil","x")', "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
)
def test_a_formula_stays_a_text(api, sari, warung, text):
    a_sale(warung, description=text, product_name=text, external_id=text, customer_ref=text)

    [row] = rows(api(sari).get(EXPORT))

    for column in ("description", "productName", "externalId", "customerId"):
        assert row[column] == f"'{text}"


def test_commas_quotes_lines_and_emoji_survive(api, sari, warung):
    text = 'Mie "pedas", 2 porsi\n🍜 \u202eقهوة'
    a_sale(warung, description=text)

    [row] = rows(api(sari).get(EXPORT))

    assert row["description"] == text


def test_the_export_takes_the_filters_of_the_list(api, sari, warung):
    a_sale(warung)
    cash = a_sale(warung, method="CASH", description="Bakso")

    found = rows(api(sari).get(EXPORT, {"type": "CASH", "search": "bakso", "page": 9}))

    assert [row["transactionId"] for row in found] == [cash.code]
    assert api(sari).get(EXPORT, {"status": "x"}).status_code == 400


def test_the_export_is_read_in_small_portions(api, sari, warung, monkeypatch):
    monkeypatch.setattr(exports, "ROWS_PER_FETCH", 2)
    for _ in range(5):
        a_sale(warung)

    assert len(rows(api(sari).get(EXPORT))) == 5


def test_an_export_is_audited_without_what_was_searched_for(api, sari, warung):
    api(sari).get(EXPORT, {"type": "CASH", "startDate": "2026-03-01", "search": "Pak Budi"})

    entry = AuditEntry.objects.get(action="transactions.exported")
    assert (entry.actor_code, entry.subject_code) == (str(sari.code), warung.code)
    assert entry.detail == {
        "filters": {"type": "CASH", "startDate": "2026-03-01"},
        "searched": True,
    }
