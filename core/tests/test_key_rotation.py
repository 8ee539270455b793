import threading
import time
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from conftest import NOON
from core.keys import ring
from core.models import AuditEntry, DataKey
from core.services.key_rotation import (
    encrypted_fields,
    lately_replaced,
    reencrypt,
    replace_data_key,
    rewrap_data_keys,
    values_left,
)
from core.tasks import reencrypt_task
from core.tests.hands import side_by_side
from core.tests.test_encryption import key_encryption_keys, store, stored  # noqa: F401
from merchants.models import Merchant

PHONE_FIELD = "merchants.Merchant.phone"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shops(transactional_db) -> list[Merchant]:
    return Merchant.objects.bulk_create(
        [
            Merchant(company_name=str(n), phone=f"+6281{n}", address=f"Jl. {n}", joined_at=NOON)
            for n in range(25)
        ]
    )


def key_ids() -> set[str]:
    return {stored(shop).split(".")[1] for shop in Merchant.objects.all()}


def test_every_encrypted_field_of_every_model_is_known():
    names = {str(field) for field in encrypted_fields()}

    assert {PHONE_FIELD, "core.IdempotencyRecord.body"} <= names


def test_a_new_key_takes_over_every_value(shops):
    new = replace_data_key(now=NOON)
    assert values_left()[PHONE_FIELD] == 25

    batches = list(reencrypt(batch=10))

    assert [done.renewed for done in batches if done.field == PHONE_FIELD] == [10, 10, 5]
    assert key_ids() == {new}
    assert not any(values_left().values())
    assert [shop.phone for shop in Merchant.objects.order_by("pk")][:2] == ["+62810", "+62811"]


def test_an_interrupted_run_goes_on_where_it_stopped(shops):
    replace_data_key(now=NOON)
    next(reencrypt(batch=10))
    left = sum(values_left().values())

    renewed = sum(done.renewed for done in reencrypt(batch=10))

    assert renewed == left == 40


def test_a_value_saved_meanwhile_is_not_lost(shops, monkeypatch):
    replace_data_key(now=NOON)
    from core.services import key_rotation

    exchange = key_rotation._exchange

    def overtaken(field, changes):
        if str(field) == PHONE_FIELD:
            fresh = Merchant.objects.get(pk=changes[0][0])
            fresh.phone = "+62999"
            fresh.save()
        return exchange(field, changes)

    monkeypatch.setattr(key_rotation, "_exchange", overtaken)
    batches = [done for done in reencrypt() if done.field == PHONE_FIELD]

    assert [(done.renewed, done.overtaken) for done in batches] == [(24, 1)]
    assert Merchant.objects.order_by("pk").first().phone == "+62999"


def test_an_unreadable_value_stops_no_other(shops):
    replace_data_key(now=NOON)
    broken = stored(shops[3])[:-8] + "AAAAAAAA"
    store(shops[3], broken)

    batches = [done for done in reencrypt(batch=10) if done.field == PHONE_FIELD]

    assert sum(done.renewed for done in batches) == 24
    assert sum(done.unreadable for done in batches) == 1
    assert stored(shops[3]) == broken


def test_readers_read_and_writers_write_while_keys_rotate(shops):
    done = threading.Event()
    pks = [shop.pk for shop in shops]

    def rotate():
        try:
            for _ in range(3):
                replace_data_key(now=NOON)
                list(reencrypt(batch=3))
        finally:
            done.set()

    def read():
        reads = 0
        while not done.is_set():
            assert all(shop.phone and shop.address for shop in Merchant.objects.all())
            reads += 1
        return reads

    def write():
        written = 0
        while not done.is_set():
            shop = Merchant.objects.get(pk=pks[written % 25])
            shop.address = f"Jl. Baru {written}"
            shop.save()
            assert Merchant.objects.get(pk=shop.pk).address == f"Jl. Baru {written}"
            written += 1
            time.sleep(0.001)
        return written

    works = [rotate, read, write]
    _, reads, written = side_by_side(3, lambda number: works[number]())

    assert reads and written
    assert Merchant.objects.get(pk=pks[(written - 1) % 25]).address == f"Jl. Baru {written - 1}"


def test_replacing_a_key_is_recorded():
    key_id = replace_data_key(now=NOON)

    assert AuditEntry.objects.get().detail == {"key": key_id}


def test_the_sweep_takes_what_a_late_writer_left(shops):
    late = ring.current()
    replace_data_key(now=NOON)
    call_command("rotate_keys", resume=True)
    with patch.object(ring, "current", return_value=late):
        Merchant.objects.create(company_name="late", phone="+62811", joined_at=NOON)
    assert len(key_ids()) == 2

    reencrypt_task()

    assert len(key_ids()) == 1


def test_the_sweep_rests_when_no_key_was_replaced_lately(shops):
    ring.current()

    assert not lately_replaced(now=NOON)


def test_the_command_rotates_and_tells(shops, capsys):
    call_command("rotate_keys")

    assert "50 of 50 values re-encrypted, 0 left." in capsys.readouterr().out


def test_the_command_resumes_without_another_key(shops):
    replace_data_key(now=NOON)

    call_command("rotate_keys", resume=True)

    assert DataKey.objects.count() == 2
    assert not any(values_left().values())


def test_wrapping_anew_leaves_values_alone(key_encryption_keys):  # noqa: F811
    key_encryption_keys("old")
    shop = Merchant.objects.create(company_name="x", phone="+62811", joined_at=NOON)
    token = stored(shop)
    key_encryption_keys("new", "old")

    assert rewrap_data_keys(now=NOON) == 1
    assert rewrap_data_keys(now=NOON) == 0

    key_encryption_keys("new")
    assert Merchant.objects.get().phone == "+62811"
    assert stored(shop) == token
    assert AuditEntry.objects.get().detail == {"keys": 1, "under": "new"}


def test_wrapping_anew_needs_the_old_key(key_encryption_keys):  # noqa: F811
    key_encryption_keys("old")
    ring.current()
    key_encryption_keys("new")

    with pytest.raises(CommandError, match="Nothing was changed: data key .* wrapped by old"):
        call_command("rotate_keys", wrapping=True)
