"""The search of the palette, and the counts beside the navigation."""

import pytest

from banking.portal.search import SHOWN
from core.redis_client import quick_redis

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nothing_kept():
    quick_redis().flushdb()


def test_it_finds_consenting_merchants_by_name_and_number(client, budi, warung):
    client.force_login(budi)

    for text in ("warung sa", warung.code.lower(), "  WARUNG   SARI "):
        assert "Warung Sari" in client.get("/portal/cari/", {"q": text}).content.decode()


def test_it_does_not_find_a_merchant_whose_consent_ended(client, budi, warung):
    warung.consents.all().delete()
    client.force_login(budi)

    page = client.get("/portal/cari/", {"q": "warung"}, headers=HTMX).content.decode()

    assert "Tidak ada hasil untuk “warung”." in page
    assert "Warung Sari" not in page


@pytest.mark.parametrize("text", ["", "w", " w "])
def test_it_asks_for_two_letters(client, budi, warung, text):
    client.force_login(budi)

    page = client.get("/portal/cari/", {"q": text}, headers=HTMX)

    assert page.status_code == 200
    assert "Ketik dua huruf" in page.content.decode()


def test_a_search_takes_two_statements(client, budi, warung, django_assert_max_num_queries):
    client.force_login(budi)

    # Session, person and what both need come first.
    with django_assert_max_num_queries(2 + 2):
        client.get("/portal/cari/", {"q": "warung"}, headers=HTMX)
    assert SHOWN < 10


def test_the_counts_are_swapped_into_the_navigation(client, budi, warung):
    client.force_login(budi)

    piece = client.get("/portal/hitungan/", headers=HTMX).content.decode()

    for name in ("warnings", "applications", "objections"):
        assert f'id="nav-{name}" hx-swap-oob="true" hidden' in piece


def test_a_merchant_has_no_search(client, sari, warung):
    client.force_login(sari)

    assert client.get("/portal/cari/", {"q": "warung"}).status_code == 403
