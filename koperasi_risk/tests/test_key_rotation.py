from io import StringIO

import pytest
from django.core.management import call_command

from conftest import NOON
from core.keys import ring
from core.services.key_rotation import replace_data_key, values_left
from core.tenancy import tenant_scope
from koperasi_risk.models import Member
from koperasi_risk.tests.factories import a_koperasi, a_member

FIELD = "koperasi_risk.Member.nik"
NIKS = {"KSP Satu": "3578014203850001", "KSP Dua": "3578014203850002"}


def keys_of(tenant) -> set[str]:
    with tenant_scope(tenant.pk):
        return {member.__dict__["nik"].token.split(".")[1] for member in Member.objects.of(tenant)}


@pytest.mark.django_db(transaction=True)
def test_identity_numbers_of_every_koperasi_come_under_a_new_key():
    tenants = {}
    for name, nik in NIKS.items():
        with a_koperasi(name) as tenants[name]:
            a_member(tenants[name], nik=nik)
    new = replace_data_key(now=NOON)
    assert values_left()[FIELD] == 2

    said = StringIO()
    call_command("rotate_keys", "--resume", stdout=said)

    assert said.getvalue() == "2 of 2 values re-encrypted, 0 left.\n"
    assert values_left()[FIELD] == 0
    for name, tenant in tenants.items():
        assert keys_of(tenant) == {new} == {ring.current()[0]}
        with tenant_scope(tenant.pk):
            assert Member.objects.of(tenant).get().nik == NIKS[name]
