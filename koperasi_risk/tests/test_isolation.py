"""Whatever is read starts from a koperasi, and what works for one touches no other."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.core.management import call_command, get_commands
from django.db import connection

from accounts.models import Organisation, Role, User
from core.tenancy import current_tenant, tenant_scope
from koperasi_risk import tasks
from koperasi_risk.models import Member, RiskResult, Tenant, TenantMembership, TenantRow
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_rule,
    an_account,
    an_installment,
)

APP = Path(apps.get_app_config("koperasi_risk").path)
TABLES = [
    model
    for model in apps.get_app_config("koperasi_risk").get_models()
    if issubclass(model, TenantRow)
]
NAMES = {model.__name__ for model in TABLES}
# What makes rows is told its koperasi in the rows themselves, which row-level security checks.
MAKES = {"create", "bulk_create"}
# A person's own memberships, before a koperasi is chosen; rows that were read from a koperasi already.
ALLOWED = {
    "access.py: TenantMembership.objects.filter",
    "selectors/seats.py: TenantMembership.objects.filter",
    "services/repayments.py: LoanInstallment.objects.bulk_update",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(APP.rglob("*.py")):
        name = path.relative_to(APP).as_posix()
        if not name.startswith(("tests/", "migrations/")):
            yield name, ast.parse(path.read_text())


def queries(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (model, what is asked of its manager first)."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id=model), attr="objects"), attr=verb
            ):
                yield model, verb


def test_every_query_of_a_koperasis_rows_starts_from_the_koperasi():
    astray = {
        f"{name}: {model}.objects.{verb}"
        for name, tree in sources()
        for model, verb in queries(tree)
        if model in NAMES and verb != "of" and verb not in MAKES
    }

    assert astray == ALLOWED


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each text with its line; the pieces of a formatted one together."""
    pieces = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces.update(map(id, node.values))
            yield node.lineno, "".join(str(getattr(part, "value", "")) for part in node.values)
        elif isinstance(getattr(node, "value", None), str) and id(node) not in pieces:
            yield node.lineno, node.value


def test_every_statement_of_our_own_names_the_koperasi():
    places = [f"{word} {model._meta.db_table}" for model in TABLES for word in ("FROM", "JOIN")]

    astray = [
        f"{name}:{line}"
        for name, tree in sources()
        for line, text in texts(tree)
        if any(place in text for place in places) and "tenant_id" not in text
    ]

    assert astray == []


# ── What works for a koperasi ──────────────────────────────────────────────────────────


def rows() -> list:
    """Every row of the present koperasi, each table in one number."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{model._meta.db_table}', count(*), coalesce(sum(hashtext(t::text)), 0)"  # noqa: S608
                f" FROM {model._meta.db_table} AS t"
                for model in TABLES
            )
        )
        return sorted(cursor.fetchall())


@pytest.fixture
def other(mekar):
    """Another koperasi with a member, a rule and a loan that is late; the test stands in `mekar`'s scope."""
    _furnish(mekar)
    with a_koperasi("KSP Seberang") as tenant:
        _furnish(tenant)
    return tenant


def _furnish(tenant: Tenant) -> None:
    a_rule(tenant, "max_dpd_current", threshold=30)
    member = a_member(tenant)
    an_account(member, "MANDATORY")
    an_installment(a_loan(member), 1, datetime(2026, 1, 5, tzinfo=UTC).date())


# What each is called with; one that is not named here fails. None: it is for all koperasi.
TASKS = {
    "koperasi_risk.score_changed": lambda own, theirs: {
        "tenant_id": own.pk,
        "member_ids": [theirs, *Member.objects.of(own).values_list("pk", flat=True)],
    },
    "koperasi_risk.rescore_tenant": lambda own, theirs: {"tenant_id": own.pk},
    "koperasi_risk.rescore_all": None,
    "koperasi_risk.forget_old_facts": None,
    "koperasi_risk.forget_undecided_imports": None,
    # Jobs, of whom the tests of imports, exports and scores tell.
    "koperasi_risk.rescore_members": None,
    "koperasi_risk.export_members": None,
    "koperasi_risk.check_import": None,
    "koperasi_risk.take_in_import": None,
}
COMMANDS = {
    "rescore_members": ["--tenant", "KSP-MEKAR"],
    "backfill_facts": ["--tenant", "KSP-MEKAR", "--months", "2"],
    "rebuild_balances": ["--tenant", "KSP-MEKAR"],
    # Judges again, and writes nothing.
    "replay_risk": None,
    # Takes a file in, as the tests of imports do.
    "import_members": None,
}


def test_every_task_and_command_says_whose_rows_it_touches():
    ours = {name for name in current_app.tasks if name.startswith("koperasi_risk.")}
    commands = {name for name, app in get_commands().items() if app == "koperasi_risk"}

    assert (ours, commands) == (set(TASKS), set(COMMANDS))


@pytest.mark.parametrize("name", [name for name, given in TASKS.items() if given])
def test_a_task_of_one_koperasi_touches_no_other(mekar, other, name):
    assert tasks
    with tenant_scope(other.pk):
        before, theirs = rows(), Member.objects.of(other).get().pk
    own = rows()

    current_app.tasks[name](**TASKS[name](mekar, theirs))

    with tenant_scope(other.pk):
        assert rows() == before
    assert rows() != own


@pytest.mark.parametrize("name", [name for name, given in COMMANDS.items() if given])
def test_a_command_for_one_koperasi_touches_no_other(mekar, other, name):
    with tenant_scope(other.pk):
        before = rows()

    call_command(name, *COMMANDS[name], verbosity=0)

    with tenant_scope(other.pk):
        assert rows() == before


def test_a_score_by_night_is_of_each_koperasi_alone(mekar, other):
    for tenant in (mekar, other):
        current_app.tasks["koperasi_risk.rescore_tenant"](tenant_id=tenant.pk)

    for tenant in (mekar, other):
        with tenant_scope(tenant.pk):
            result = RiskResult.objects.of(tenant).get()
            assert result.member_id == Member.objects.of(tenant).get().pk


# ── On a real connection ───────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_answered_carries_no_koperasi_to_the_next(client, api, monkeypatch):
    person = User.objects.create(
        email="wayan@koperasi.example", full_name="Wayan", role=Role.KOPERASI_STAFF
    )
    organisation = Organisation.objects.create(code="X", name="KSP X", kind="KOPERASI")
    with tenant_scope(organisation.pk):
        tenant = Tenant.objects.create(organisation=organisation)
        TenantMembership.objects.create(tenant=tenant, user=person, roles=["MANAJER_RISIKO"])
        a_member(tenant)
    client.force_login(person)
    used = connection.connection
    caller = api(person)
    caller.raise_request_exception = client.raise_request_exception = False
    calls = {
        "page": lambda: client.get("/koperasi/anggota/"),
        "desk": lambda: client.get("/admin/koperasi_risk/member/"),
        "api": lambda: caller.get(
            "/koperasi/risk/monitor", headers={"X-Tenant-ID": str(tenant.pk)}
        ),
        "refusal": lambda: client.get("/koperasi/anggota/00000000-0000-4000-8000-000000000000/"),
        "failure": lambda: _failing(client, monkeypatch),
    }
    for name, wanted in zip(calls, (200, 200, 200, 404, 500), strict=True):
        assert calls[name]().status_code == wanted, name

        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('app.tenant', true), '')")
            assert cursor.fetchone() == ("",), name
        assert not Member.objects.exists(), name
        assert connection.connection is used
    assert current_tenant() is None


def _failing(client, monkeypatch):
    from koperasi_risk.portal import members

    def breaks(*_args, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(members, "member_page", breaks)
    return client.get("/koperasi/anggota/")
