"""Lists kept under a name."""

import pytest

from accounts.models import Role, User
from banking.models import SavedFilter
from banking.services import saved_filters

SAVE, FORGET = "/portal/saringan/simpan/", "/portal/saringan/lupakan/"
LIST = "/portal/merchant/"


@pytest.fixture
def dewi(bank) -> User:
    """Budi's colleague."""
    return User.objects.create(
        email="dewi@bank.example", full_name="Dewi", role=Role.BANK_OFFICER, organisation=bank
    )


def save(client, person, **typed):
    client.force_login(person)
    form = {"page": "MERCHANTS", "name": "Bandung", "query": "kota=Bandung", "next": LIST}
    return client.post(SAVE, form | typed, follow=True)


def seen_by(client, person) -> bool:
    client.force_login(person)
    return b"kota=Bandung" in client.get(LIST).content


def test_a_private_filter_is_ones_own_and_a_shared_one_the_banks(client, budi, dewi, warung):
    save(client, budi)
    assert (seen_by(client, budi), seen_by(client, dewi)) == (True, False)

    save(client, budi, name="Kita", is_shared="on")
    assert seen_by(client, dewi)


def test_a_name_that_is_taken_is_refused_in_words(client, budi):
    save(client, budi)

    text = save(client, budi, name="  Bandung ").content.decode()

    assert "Anda sudah punya saringan bernama “Bandung” di sini" in text
    assert SavedFilter.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [{"name": " "}, {"name": "x" * 61}, {"page": "SALES"}, {"query": "a=" + "x" * 1001}],
)
def test_what_cannot_be_kept_is_refused(client, budi, typed):
    assert save(client, budi, **typed).status_code == 200
    assert not SavedFilter.objects.exists()


def test_fifty_are_the_most(client, budi, monkeypatch):
    monkeypatch.setattr(saved_filters, "MOST_PER_PERSON", 1)
    save(client, budi)

    save(client, budi, name="Satu lagi")

    assert SavedFilter.objects.count() == 1


def test_neither_a_searched_number_nor_a_cursor_is_kept(client, budi):
    save(client, budi, query="cari=0812-3456-7890&kota=Medan&band=&setelah=abc")

    assert SavedFilter.objects.get().query == "kota=Medan"


def test_only_ones_own_is_forgotten(client, budi, dewi):
    save(client, budi, is_shared="on")
    kept = SavedFilter.objects.get()

    client.force_login(dewi)
    assert client.post(FORGET, {"filter": kept.pk}).status_code == 404
    client.force_login(budi)
    client.post(FORGET, {"filter": kept.pk})

    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_the_way_back_never_leaves_the_house(client, budi, next_page):
    client.force_login(budi)

    answer = client.post(SAVE, {"page": "WARNINGS", "name": "x", "next": next_page})

    assert answer["Location"].startswith("/portal/")
