import pytest

from conftest import NOON
from merchants.models import Consent, Merchant


@pytest.fixture
def page(client, budi):
    """Return a function that opens Budi's home and returns its text."""
    client.force_login(budi)
    return lambda: client.get("/portal/").content.decode()


def test_merchants_that_consented_are_listed(page, warung):
    assert "Warung Sari" in page()


def test_a_merchant_without_consent_is_not(page, warung):
    warung.consents.update(withdrawn_at=NOON)

    text = page()
    assert "Warung Sari" not in text
    assert "Belum ada merchant" in text


def test_a_merchant_without_a_score_is_said_to_have_none(page, warung):
    assert "Belum ada skor" in page()


def test_the_page_asks_the_same_few_questions_however_many_merchants(
    page, django_assert_max_num_queries
):
    for number in range(30):
        shop = Merchant.objects.create(company_name=f"Toko {number}", joined_at=NOON)
        Consent.objects.create(merchant=shop, text_version="2026-01", granted_at=NOON)

    with django_assert_max_num_queries(12):
        page()
