"""
Koperasi beside koperasi: no row of one is in any answer to the other's people, and none of theirs changes it.

The cases are the lines of `test_routes`, where a route without a line fails. They are asked three times:
as it is; without the first lock, each query's own tenant; without the second, PostgreSQL's row-level
security. One lock is enough, and without both the secrets are out.
"""

import os
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction

from config.tests.rivals import (
    ALL_ROLES,
    FORMER,
    IN_BOTH,
    NAMED,
    OURS,
    ROLES,
    SEATLESS,
    VISITOR,
    WORD,
    build_rivals,
    planted,
    texts_without_a_secret,
)
from config.tests.routes import Line, Number, build_town, routes
from config.tests.test_routes import LINES, MEETING
from core.tenancy import enter, tenant_scope
from koperasi_risk import middleware
from koperasi_risk.admin.desk import OfTheSeat
from koperasi_risk.api import views as api
from koperasi_risk.models import DecisionOverride, Loan, Member, RiskResult, TenantRow
from koperasi_risk.models.tenants import TenantRowQuerySet

pytestmark = pytest.mark.django_db

KOPERASI = frozenset({ALL_ROLES})
# Finds what holds the word, and is none of the secrets itself.
TERM = WORD[:-1]
DESKS = {
    model: desk
    for model, desk in admin.site._registry.items()
    if model._meta.app_label == "koperasi_risk"
}


def desk_of(model) -> str:
    return f"admin/{model._meta.label_lower.replace('.', '/')}/"


# What the lines do not ask: searches, the choices of forms, actions on rows of others, keys in forms.
MORE = [
    *(
        Line(desk_of(model), ok=KOPERASI, at=f"{desk_of(model)}?q={TERM}")
        for model, desk in DESKS.items()
        if desk.search_fields
    ),
    *(
        Line(
            "admin/autocomplete/",
            ok=KOPERASI,
            at=f"admin/autocomplete/?app_label=koperasi_risk&model_name={model._meta.model_name}"
            f"&field_name={field.name}&term={TERM}",
        )
        for model in DESKS
        for field in model._meta.local_fields
        if field.is_relation
    ),
    *(
        Line(
            desk_of(model),
            "POST",
            ok=KOPERASI,
            at=desk_of(model),
            body={
                "action": "delete_selected",
                "_selected_action": "{" + model._meta.label_lower.replace(".", "_") + "}",
                "post": "yes",
            },
        )
        for model in DESKS
    ),
    Line(
        "admin/koperasi_risk/annualmeeting/add/",
        "POST",
        ok=KOPERASI,
        body=MEETING
        | {
            "held_on": "2025-05-05",
            "attendances-TOTAL_FORMS": "1",
            "attendances-0-member": "{member_id}",
        },
    ),
    Line("admin/", ok=KOPERASI),
    Line("admin/search/", ok=KOPERASI, at=f"admin/search/?s={TERM}"),
    Line("koperasi/anggota/", ok=KOPERASI, at=f"koperasi/anggota/?cari={TERM}"),
    Line("koperasi/anggota/", ok=KOPERASI, at="koperasi/anggota/?setelah={member}"),
    Line("koperasi/monitor/", ok=KOPERASI, at="koperasi/monitor/?jenis=OTHER&periode=24"),
    Line("koperasi/pilih/", "POST", ok=KOPERASI, body={"koperasi": "KSP-SEBERANG"}),
    *(
        Line(f"{prefix}config", ok=KOPERASI, at=f"{prefix}config?{query}")
        for prefix in ("koperasi/risk/", "api/koperasi/risk/")
        for query in ("term=seberang", "cursor=0&limit=100")
    ),
    *(
        Line(
            f"{prefix}config",
            "POST",
            ok=KOPERASI,
            body={
                "id": Number("{rule_id}"),
                "factor": "dsr",
                "weight": 1,
                "threshold": 1,
                "risk_category": "x",
                "auto_action": "approve",
            },
        )
        for prefix in ("koperasi/risk/", "api/koperasi/risk/")
    ),
    Line("pekerjaan/", ok=KOPERASI),
    *(
        Line("pekerjaan/<uuid:code>/" + part, method, ok=KOPERASI, at="pekerjaan/{koperasi_job}/" + part)
        for part, method in (("", "GET"), ("batal/", "POST"), ("unduh/", "GET"))
    ),
]  # fmt: skip
CASES = [*(line for line in LINES if line.route.startswith(OURS)), *MORE]
LOOKS = [
    line
    for line in CASES
    if line.method == "GET"
    # Refusals and ways to another page show no row.
    if line.ok and line.status == 200
]
LISTS = [line for line in LOOKS if "<" not in line.route and "?" not in line.at]
OTHERS = (*ROLES, VISITOR, IN_BOTH, FORMER, SEATLESS)
# Whoever sees every page.
READERS = (ALL_ROLES, VISITOR, IN_BOTH)
# Each line is asked by its turn of the others; by every one of them where somebody has the time.
IS_WHOLE = "WHOLE_MATRIX" in os.environ


def turn_of(caller: str, callers: tuple, lines: list[Line]) -> list[Line]:
    return lines if IS_WHOLE else lines[callers.index(caller) :: len(callers)]


def samples_of(line: Line) -> set[str]:
    body = {} if callable(line.body) else line.body
    return set(NAMED.findall(" ".join([line.at, *map(str, body.values())])))


FOREIGN = [line for line in CASES if samples_of(line)]
# What a koperasi's people may do at all.
OPEN = [line for line in FOREIGN if line.ok]


@pytest.fixture(scope="module")
def rivals(django_db_setup, django_db_blocker):
    """A town of their own, gone when the module's tests are done."""
    now = datetime.now(UTC)
    with django_db_blocker.unblock(), transaction.atomic():
        with planted():
            town = build_town(now=now)
        yield build_rivals(town, now=now)
        transaction.set_rollback(True)


@pytest.fixture
def _plain_paper(monkeypatch):
    """A PDF is no text: what it is made from is looked through."""
    from koperasi_risk.portal import sheet
    from koperasi_risk.portal.monitor import views

    for module in (sheet, views):
        monkeypatch.setattr(module, "pdf_of", str.encode)


@pytest.fixture
def _without_the_first_lock(monkeypatch):
    monkeypatch.setattr(TenantRowQuerySet, "of", lambda self, tenant: self.all())
    monkeypatch.setattr(OfTheSeat, "own", staticmethod(lambda rows, tenant: rows))
    monkeypatch.setattr(OfTheSeat, "_is_own", staticmethod(lambda seat, row: True))


@pytest.fixture
def _without_the_second_lock(monkeypatch, rivals):
    """Whoever took a seat sees the other koperasi's rows."""

    def seated(original):
        def beside_the_lock(*args, **kwargs):
            seat = original(*args, **kwargs)
            enter(rivals.rival)
            return seat

        return beside_the_lock

    monkeypatch.setattr(middleware, "_seated", seated(middleware._seated))
    monkeypatch.setattr(api, "seat_at", seated(api.seat_at))


# ── The matrix itself ──────────────────────────────────────────────────────────────────


def test_every_route_of_koperasi_is_asked():
    asked = {line.route for line in CASES}

    assert {route for route in routes() if route.startswith(OURS)} - asked == set()


def test_every_sample_of_a_line_stands_in_the_other_koperasi_too(rivals):
    assert {name for line in CASES for name in samples_of(line)} - set(rivals.foreign) == set()


def test_every_text_of_the_other_koperasi_holds_a_secret(rivals):
    with tenant_scope(rivals.rival):
        assert texts_without_a_secret() == []


def test_every_table_of_a_koperasi_has_a_row_in_both(rivals):
    tables = [
        model
        for model in apps.get_app_config("koperasi_risk").get_models()
        if issubclass(model, TenantRow)
    ]
    for tenant in (rivals.rival, int(rivals.town.samples["tenant"])):
        with tenant_scope(tenant):
            assert [model.__name__ for model in tables if not model.objects.exists()] == []


# ── With both locks ────────────────────────────────────────────────────────────────────


def address_of(line: Line) -> str:
    return line.at.partition("?")[0]


@pytest.mark.parametrize("line", FOREIGN, ids=lambda line: line.name)
def test_what_another_koperasi_keeps_is_nowhere(rivals, line):
    seen = rivals.ask(ALL_ROLES, line)

    assert (seen.secrets, seen.changed) == ([], False)
    if NAMED.search(address_of(line)) and seen.outcome not in (403, 404):
        # As for what nobody has: a way to a page that is not there, a password asked for first.
        assert seen.outcome in (302, 401) or not seen.text
        assert rivals.ask(ALL_ROLES, line, samples=rivals.nowhere).outcome == seen.outcome


@pytest.mark.parametrize("caller", OTHERS)
def test_no_role_finds_a_row_of_another_koperasi(rivals, caller):
    for line in turn_of(caller, OTHERS, OPEN):
        seen = rivals.ask(caller, line)

        assert (seen.secrets, seen.changed) == ([], False), line
        if NAMED.search(address_of(line)):
            assert seen.outcome in (302, 401, 403, 404) or not seen.text, line


@pytest.mark.usefixtures("_plain_paper")
@pytest.mark.parametrize("caller", READERS)
def test_no_page_or_answer_of_ours_tells_of_another_koperasi(rivals, caller):
    for line in turn_of(caller, READERS, LOOKS):
        assert rivals.ask(caller, line, own=True).secrets == [], line


@pytest.mark.parametrize(
    "line", [line for line in CASES if line.is_of_koperasi], ids=lambda x: x.name
)
def test_a_header_that_names_another_koperasi_opens_nothing(rivals, line, monkeypatch):
    if "<" not in line.route and line.route.endswith("tenants"):
        pytest.skip("it takes no header")
    monkeypatch.setitem(rivals.town.samples, "tenant", str(rivals.rival))

    seen = rivals.ask(ALL_ROLES, line)

    assert (seen.outcome, seen.secrets, seen.changed) == (403, [], False)


# ── With one lock ──────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("_plain_paper", "_without_the_first_lock")
def test_the_second_lock_holds_alone(rivals):
    for line in OPEN:
        seen = rivals.ask(ALL_ROLES, line)

        assert (seen.secrets, seen.changed) == ([], False), line
    for line in LISTS:
        assert rivals.ask(ALL_ROLES, line, own=True).secrets == [], line


@pytest.mark.usefixtures("_plain_paper", "_without_the_second_lock")
def test_the_first_lock_holds_alone(rivals):
    for line in LOOKS:
        assert rivals.ask(ALL_ROLES, line).secrets == [], line


@pytest.mark.usefixtures("_plain_paper", "_without_the_first_lock", "_without_the_second_lock")
def test_without_both_locks_the_secrets_are_out(rivals):
    """So the tests above can fail."""
    told = {line.name for line in LISTS if rivals.ask(ALL_ROLES, line, own=True).secrets}

    assert {"GET koperasi/anggota/", "GET api/koperasi/risk/config"} <= told
    assert {
        f"GET {desk_of(model)}" for model in (Member, Loan, RiskResult, DecisionOverride)
    } <= told
