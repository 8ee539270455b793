from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode

import pytest
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.test import override_settings

from conftest import NOON
from core import keys
from core.encryption import Sealed, Undecryptable, decrypt, encrypt
from core.keys import UnknownKey, make_data_key, ring
from core.models import DataKey
from core.tests.hands import side_by_side
from merchants.models import Merchant

PHONE = "+6281234567890"
CONTEXT = "merchants_merchant|phone|MRC-1"


@pytest.fixture
def shop(db) -> Merchant:
    return Merchant.objects.create(company_name="Warung", phone=PHONE, joined_at=NOON)


def stored(shop: Merchant, column: str = "phone") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM merchants_merchant WHERE id = %s", [shop.pk])
        return cursor.fetchone()[0]


def store(shop: Merchant, token: str, column: str = "phone") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE merchants_merchant SET {column} = %s WHERE id = %s", [token, shop.pk]
        )


# ── One value ──────────────────────────────────────────────────────────────────────────


def test_what_was_encrypted_is_read_again(db):
    assert decrypt(encrypt("Jl. Braga 1 ☂", context=CONTEXT), context=CONTEXT) == "Jl. Braga 1 ☂"


def test_the_same_text_never_looks_the_same_twice(db):
    assert encrypt(PHONE, context=CONTEXT) != encrypt(PHONE, context=CONTEXT)


def test_every_flipped_bit_is_refused(db):
    head, key_id, text = encrypt(PHONE, context=CONTEXT).token.split(".")
    body = urlsafe_b64decode(text)

    for bit in range(len(body) * 8):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8
        token = f"{head}.{key_id}.{urlsafe_b64encode(changed).decode()}"
        with pytest.raises(Undecryptable):
            decrypt(Sealed(token), context=CONTEXT)


@pytest.mark.parametrize("length", range(6))
def test_every_flipped_bit_of_the_stored_text_is_refused(db, length):
    token = encrypt("x" * length, context=CONTEXT).token.encode()

    for bit in range(len(token) * 8):
        changed = bytearray(token)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Undecryptable):
            decrypt(Sealed(changed.decode("latin-1")), context=CONTEXT)


@pytest.mark.parametrize(
    "token", ["v1", "v1.x", "", "v2.{key}.{text}", "v1.ffffffff.{text}", "v1.{key}.é", "v1.{key}."]
)
def test_what_is_not_a_value_is_refused(db, token):
    _, key, text = encrypt(PHONE, context=CONTEXT).token.split(".")

    with pytest.raises(Undecryptable):
        decrypt(Sealed(token.format(key=key, text=text)), context=CONTEXT)


@pytest.mark.parametrize(
    "elsewhere", ["merchants_merchant|phone|MRC-2", "merchants_merchant|address|MRC-1"]
)
def test_a_value_moved_to_another_row_or_column_is_refused(db, elsewhere):
    with pytest.raises(Undecryptable, match=elsewhere.replace("|", r"\|")):
        decrypt(encrypt(PHONE, context=CONTEXT), context=elsewhere)


def test_a_sealed_value_shows_nothing(db):
    sealed = encrypt(PHONE, context=CONTEXT)

    assert str(sealed) == repr(sealed) == f"{sealed}" == "•••"


# ── The field on a model ───────────────────────────────────────────────────────────────


def test_the_database_holds_no_plain_text(shop):
    assert stored(shop).startswith("v1.")
    assert PHONE not in stored(shop)
    assert Merchant.objects.get().phone == PHONE


def test_reading_is_lazy(shop):
    store(shop, "v1.broken")

    shop = Merchant.objects.get()

    assert shop.company_name == "Warung"
    with pytest.raises(Undecryptable):
        _ = shop.phone


def test_saving_a_row_that_nobody_read_keeps_its_value_as_it_lies(shop):
    token = stored(shop)

    Merchant.objects.get().save(update_fields=["city"])

    assert stored(shop) == token


def test_a_value_swapped_between_two_rows_is_refused(shop):
    other = Merchant.objects.create(company_name="Kios", phone="+62811", joined_at=NOON)
    store(other, stored(shop))

    with pytest.raises(Undecryptable):
        _ = Merchant.objects.get(pk=other.pk).phone


def test_a_value_swapped_between_two_columns_is_refused(shop):
    store(shop, stored(shop), column="address")

    with pytest.raises(Undecryptable):
        _ = Merchant.objects.get().address


def test_update_is_refused(shop):
    with pytest.raises(TypeError, match="save the instance instead"):
        Merchant.objects.update(phone="+62811")


def test_bulk_update_is_refused(shop):
    shop.phone = "+62811"

    with pytest.raises(TypeError, match="save the instance instead"):
        Merchant.objects.bulk_update([shop], ["phone"])


@pytest.mark.parametrize(
    "lookup", ["phone", "phone__contains", "phone__in", "phone__startswith", "phone__gt"]
)
def test_filters_are_refused(shop, lookup):
    with pytest.raises(FieldError):
        Merchant.objects.filter(**{lookup: PHONE}).exists()


def test_a_blind_index_finds_the_value_however_it_is_spaced(shop):
    index = Merchant._meta.get_field("phone_index").index_of("+62 812 3456 7890")

    assert Merchant.objects.get(phone_index=index) == shop
    assert PHONE not in index


def test_a_blind_index_is_its_columns_own(shop):
    phone, tax = (Merchant._meta.get_field(name) for name in ("phone_index", "tax_id_index"))

    assert phone.index_of(PHONE) != tax.index_of(PHONE)


def test_an_index_follows_its_value(shop):
    shop.phone = ""
    shop.save()

    assert Merchant.objects.get().phone_index == ""


def test_a_value_cannot_be_saved_without_its_index(shop):
    shop.phone = "+62811"

    with pytest.raises(ValueError, match="save phone together with phone_index"):
        shop.save(update_fields=["phone"])


def test_a_deferred_value_takes_one_query(shop, django_assert_num_queries):
    deferred = Merchant.objects.only("code").get()

    with django_assert_num_queries(1):
        assert deferred.phone == PHONE


def test_bulk_create_encrypts_and_indexes(db):
    Merchant.objects.bulk_create(
        [Merchant(company_name=str(n), phone=f"+6281{n}", joined_at=NOON) for n in range(3)]
    )

    assert [shop.phone for shop in Merchant.objects.order_by("pk")] == [
        "+62810",
        "+62811",
        "+62812",
    ]
    assert Merchant.objects.exclude(phone_index="").count() == 3


def test_refresh_from_db_reads_the_new_value(shop):
    same = Merchant.objects.get()
    same.phone = "+62811"
    same.save()

    shop.refresh_from_db()

    assert shop.phone == "+62811"


def test_an_empty_value_stays_empty(shop):
    assert stored(shop, "address") == ""
    assert Merchant.objects.get().address == ""


def test_values_show_nothing(shop):
    assert f"{Merchant.objects.values_list('phone', flat=True)[0]}" == "•••"


# ── Keys ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_one_key_is_made_when_eight_need_the_first():
    ids = side_by_side(8, lambda _: make_data_key())

    assert len(set(ids)) == 1
    assert DataKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_outlives_the_request_that_made_it():
    try:
        with transaction.atomic():
            sealed = encrypt(PHONE, context=CONTEXT)
            raise InterruptedError
    except InterruptedError:
        ring.forget()

    assert decrypt(sealed, context=CONTEXT) == PHONE


@pytest.fixture
def key_encryption_keys():
    """Return a function that gives this process other key-encryption keys."""

    def use(*names: str):
        pairs = [f"{name}:{b64encode(name.encode().ljust(32, b'.')).decode()}" for name in names]
        changed = override_settings(ENCRYPTION_KEYS=pairs)
        changed.enable()
        switched.append(changed)
        keys._key_encryption_keys.cache_clear()
        ring.forget()

    switched = []
    yield use
    for changed in reversed(switched):
        changed.disable()
    keys._key_encryption_keys.cache_clear()


def test_a_missing_key_encryption_key_is_named(transactional_db, key_encryption_keys):
    key_encryption_keys("old")
    sealed = encrypt(PHONE, context=CONTEXT)
    key_encryption_keys("new")

    with pytest.raises(UnknownKey, match="wrapped by old, which ENCRYPTION_KEYS does not list"):
        ring.cipher(sealed.key_id)
    with pytest.raises(UnknownKey, match="wrapped by old"):
        encrypt(PHONE, context=CONTEXT)


def test_another_key_under_a_known_name_is_noticed(transactional_db, key_encryption_keys):
    key_encryption_keys("old", "other")
    sealed = encrypt(PHONE, context=CONTEXT)
    DataKey.objects.update(wrapped_by="other")
    ring.forget()

    with pytest.raises(UnknownKey, match="does not open with other"):
        ring.cipher(sealed.key_id)


def test_a_key_that_cannot_be_opened_harms_no_other(transactional_db, key_encryption_keys):
    key_encryption_keys("lost")
    make_data_key()
    key_encryption_keys("here")
    make_data_key(replacing=True)

    assert decrypt(encrypt(PHONE, context=CONTEXT), context=CONTEXT) == PHONE
