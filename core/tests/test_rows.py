import pytest

from core.rows import row_where
from merchants.models import Merchant
from transactions.tests.factories import a_sale

pytestmark = pytest.mark.django_db


def the_shop_of(owner) -> Merchant | None:
    return row_where(Merchant, "t.owner_id = %(owner)s", {"owner": owner.pk})


def test_a_row_is_the_one_that_django_reads(sari, warung, kios):
    found = the_shop_of(sari)

    expected = Merchant.objects.get(pk=warung.pk)
    names = [field.attname for field in Merchant._meta.concrete_fields]
    assert found == expected
    assert [getattr(found, name) for name in names] == [getattr(expected, name) for name in names]


def test_a_row_can_be_changed_and_saved(sari, warung):
    found = the_shop_of(sari)
    found.phone = "+628111111111"
    found.save()

    assert Merchant.objects.get(pk=warung.pk).phone == "+628111111111"


def test_columns_of_json_are_values(warung):
    sale = a_sale(warung, items=[{"id": "K1", "name": "Kopi"}])

    found = row_where(type(sale), "t.code = %(code)s", {"code": sale.code})

    assert found.items == [{"id": "K1", "name": "Kopi"}]


def test_nothing_is_none(budi, warung):
    assert the_shop_of(budi) is None
