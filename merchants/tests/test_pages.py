from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from conftest import NOON
from core.dates import business_day
from scoring.services.scores import recalculate
from scoring.tests.factories import a_sale
from transactions.models import DailyTotal, Transaction


@pytest.fixture
def page(client, sari, warung):
    """Return a function that opens Sari's home and returns its text."""
    client.force_login(sari)
    return lambda: client.get("/m/").content.decode()


def test_a_new_shop_is_told_when_its_score_comes(page):
    assert "Skor pertama muncul setelah penjualan pertama Anda dibayar" in page()


def test_sales_of_today_and_of_thirty_days_come_from_the_daily_totals(page, warung):
    today = business_day(timezone.now())
    for ago, amount in [(0, 250_000), (30, 750_000), (31, 9_000_000)]:
        day = today - timedelta(days=ago)
        DailyTotal.objects.create(
            merchant=warung, day=day, paid_count=5, paid_amount=Decimal(amount)
        )

    text = page().replace("\N{NO-BREAK SPACE}", " ")
    assert "Rp 250.000" in text
    assert "Rp 1.000.000" in text


def test_a_score_comes_with_reasons_and_what_would_raise_it(page, warung):
    a_sale(warung, at=timezone.now())
    recalculate(merchant=warung, now=timezone.now())

    text = page()
    assert "Yang paling berpengaruh" in text
    assert "Cara menaikkan skor" in text
    assert "poin" in text


def test_sales_of_others_are_not_shown(page, kios):
    Transaction.objects.create(
        merchant=kios,
        amount=777_000,
        method="CASH",
        occurred_at=NOON,
        recorded_at=NOON,
        updated_at=NOON,
    )

    assert "777.000" not in page()


def test_an_owner_withdraws_and_gives_consent(client, page, warung):
    consent = warung.consents.get()

    client.post(f"/m/persetujuan/{consent.code}/cabut/")
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert "Beri persetujuan" in client.get("/m/persetujuan/").content.decode()

    client.post("/m/persetujuan/")
    assert warung.consents.standing().count() == 1


def test_the_consent_of_another_shop_does_not_exist(client, page, kios):
    consent = kios.consents.get()

    response = client.post(f"/m/persetujuan/{consent.code}/cabut/")

    consent.refresh_from_db()
    assert response.status_code == 404
    assert consent.withdrawn_at is None


def test_an_owner_without_a_shop_is_told_so(client, rini):
    client.force_login(rini)

    assert "Belum ada toko pada akun ini" in client.get("/m/").content.decode()


def test_names_are_never_markup(client, page, warung):
    warung.company_name = "<script>alert(1)</script>"
    warung.save()

    assert "<script>alert(1)</script>" not in page()


def test_the_page_asks_the_same_few_questions_whatever_was_sold(
    page, warung, django_assert_max_num_queries
):
    for _ in range(20):
        Transaction.objects.create(
            merchant=warung,
            amount=1000,
            method="CASH",
            occurred_at=NOON,
            recorded_at=NOON,
            updated_at=NOON,
        )

    with django_assert_max_num_queries(12):
        page()
