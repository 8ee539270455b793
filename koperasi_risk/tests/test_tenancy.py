import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import Organisation
from core.tenancy import current_tenant, enter, tenant_scope
from koperasi_risk.models import Loan, Member, Tenant, TenantMembership, TenantRow
from koperasi_risk.tests.factories import a_koperasi, a_member

MODELS = list(apps.get_app_config("koperasi_risk").get_models())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_of_a_koperasi_is_locked_for_its_owner_too(db, model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (True, True)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_foreign_keys_between_rows_of_a_koperasi_hold_the_tenant(db, model):
    inner = [
        field.column
        for field in model._meta.local_fields
        if field.is_relation and issubclass(field.related_model, TenantRow)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(a.attname::text ORDER BY a.attname <> 'tenant_id')"
            " FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey) AS k(number)"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number"
            " WHERE c.conrelid = %s::regclass AND c.contype = 'f' GROUP BY c.oid",
            [model._meta.db_table],
        )
        keys = [columns for (columns,) in cursor]

    assert all(["tenant_id", column] in keys for column in inner)


def test_without_a_tenant_nothing_is_seen(mekar):
    a_member(mekar)

    with tenant_scope(None):
        assert not Member.objects.exists()
        assert not Tenant.objects.exists()
    assert Member.objects.count() == 1


def test_another_koperasi_is_never_seen_nor_written(mekar):
    mine = a_member(mekar)

    with a_koperasi("KSP Lain") as other:
        assert not Member.objects.exists()
        assert not Member.objects.filter(pk=mine.pk).update(full_name="X")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            a_member(mekar)
        assert current_tenant() == other.pk
    assert current_tenant() == mekar.pk


def test_a_row_cannot_point_into_another_koperasi(mekar):
    theirs = a_member(mekar)

    with a_koperasi("KSP Lain") as other, pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.create(
            tenant=other,
            number="P-1",
            member_id=theirs.pk,
            principal=1,
            tenor_months=1,
            applied_on=theirs.joined_on,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_scope_that_fails_leaves_the_one_before(mekar):
    with pytest.raises(ZeroDivisionError), tenant_scope(mekar.pk + 1):
        raise ZeroDivisionError

    assert current_tenant() == mekar.pk


def test_people_find_their_own_memberships_before_a_koperasi_is_chosen(mekar, wayan, budi):
    with tenant_scope(None, person_id=wayan.pk):
        assert [row.tenant_id for row in TenantMembership.objects.all()] == [mekar.pk]
    with tenant_scope(None, person_id=budi.pk):
        assert not TenantMembership.objects.exists()


def test_a_tenant_is_set_for_a_transaction_alone(transactional_db):
    organisation = Organisation.objects.create(code="X", name="X", kind="KOPERASI")
    with tenant_scope(organisation.pk):
        Tenant.objects.create(organisation=organisation)

    assert not Tenant.objects.exists()
    with pytest.raises(AssertionError):
        enter(organisation.pk)
