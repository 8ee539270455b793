import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest

from core.models import AuditEntry
from transactions.portal import views
from transactions.tests.factories import NOON, a_sale

LIST = "/m/penjualan/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(client, sari, warung):
    """Return a function that opens Sari's list with filters and returns its text."""
    client.force_login(sari)

    def text(headers=None, **filters) -> str:
        answer = client.get(LIST, filters, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")

    return text


def test_a_new_shop_is_shown_how_to_begin(page):
    text = page()

    assert "Belum ada penjualan" in text
    assert "/m/penjualan/baru/" in text


def test_sales_are_listed_newest_first_with_their_count_and_sum(page, warung):
    a_sale(warung, product_name="Kopi", occurred_at=NOON - timedelta(days=1))
    a_sale(warung, product_name="Teh", amount=Decimal("1500000"))
    a_sale(warung, product_name="Es", status="PENDING")

    text = page()

    assert text.index("Teh") < text.index("Kopi")
    assert "3 penjualan" in text
    assert "2 di antaranya dibayar: Rp 1.515.000" in text


def test_only_the_own_shop_is_listed(page, kios):
    a_sale(kios, product_name="Rahasia")

    assert "Rahasia" not in page()


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"status": "EXPIRED"}, ["Kedaluwarsa"]),
        ({"metode": "CASH"}, ["Tunai"]),
        ({"cari": "tunai"}, ["Tunai"]),
        ({"dari": "2026-03-02", "sampai": "2026-03-02"}, ["Kedaluwarsa", "Tunai"]),
        ({"sampai": "2026-03-01"}, ["Lama"]),
    ],
)
def test_filters_are_the_address(page, warung, filters, kept):
    names = ["Kedaluwarsa", "Tunai", "Lama"]
    a_sale(warung, product_name="X-Kedaluwarsa", status="EXPIRED")
    a_sale(warung, product_name="X-Tunai", method="CASH")
    a_sale(warung, product_name="X-Lama", occurred_at=NOON - timedelta(days=3))

    text = page(**filters)

    assert [name for name in names if f"X-{name}" in text] == kept


def test_filters_without_a_match_can_be_taken_away(page, warung):
    a_sale(warung)

    text = page(cari="tidak ada")

    assert "Tidak ada penjualan yang cocok dengan saringan ini" in text
    assert "Hapus saringan" in text


@pytest.mark.parametrize(
    "filters",
    [
        {"dari": "kemarin"},
        {"dari": "2026-03-02", "sampai": "2026-03-01"},
        {"sampai": "0001-01-01"},
        {"sampai": "9999-12-31"},
        {"status": "LUNAS"},
        {"cari": "x" * 101},
    ],
)
def test_a_filter_that_makes_no_sense_is_named(page, warung, filters):
    a_sale(warung, product_name="Kopi")

    text = page(**filters)

    assert 'class="error"' in text
    assert "Kopi" not in text


def test_older_sales_are_a_cursor_away(page, warung, monkeypatch):
    monkeypatch.setattr(views, "ROWS", 2)
    sales = [
        a_sale(warung, product_name=f"Nomor {n}", occurred_at=NOON - timedelta(minutes=n))
        for n in range(3)
    ]

    assert f"setelah={sales[1].code}" in page()
    older = page(setelah=sales[1].code)
    assert "Nomor 2" in older
    assert "Nomor 1" not in older
    assert "Terbaru" in older


def test_a_cursor_of_somebody_else_leads_to_the_first_page(page, warung, kios):
    a_sale(warung, product_name="Kopi")

    assert "Kopi" in page(setelah=a_sale(kios).code)


def test_htmx_gets_the_table_alone_and_a_clean_address(client, sari, warung):
    a_sale(warung)
    client.force_login(sari)

    answer = client.get(LIST, {"status": "SUCCESS", "metode": "", "cari": ""}, headers=HTMX)

    assert "<html" not in answer.content.decode()
    assert answer["HX-Push-Url"] == "/m/penjualan/?status=SUCCESS"


def test_the_list_asks_the_same_few_questions_whatever_was_sold(
    client, sari, warung, django_assert_num_queries
):
    client.force_login(sari)
    for rows in (1, 20):
        for n in range(rows):
            a_sale(warung, occurred_at=NOON - timedelta(minutes=n))
        # Session, person, shop, day of the page, its rows, their sum.
        with django_assert_num_queries(6):
            client.get(LIST)


def test_the_download_carries_the_filters_and_is_audited(client, sari, warung, kios):
    a_sale(kios)
    cash = a_sale(warung, method="CASH", description="Bakso Pak Budi")
    a_sale(warung)
    client.force_login(sari)

    answer = client.get("/m/penjualan/unduh.csv", {"metode": "CASH", "cari": "pak budi"})

    text = b"".join(answer.streaming_content).decode()
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["transactionId"] == cash.code
    entry = AuditEntry.objects.get(action="transactions.exported")
    assert entry.detail == {"filters": {"metode": "CASH"}, "searched": True}


def test_a_download_with_a_wrong_filter_is_refused(client, sari, warung):
    client.force_login(sari)

    assert client.get("/m/penjualan/unduh.csv", {"status": "x"}).status_code == 400
    assert not AuditEntry.objects.filter(action="transactions.exported").exists()
