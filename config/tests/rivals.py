"""
The town's two koperasi with a secret in every text of the second, and everybody of the first who could see it.

What a person is answered is looked through for the secrets; the second one's rows must stay as they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.signals import pre_save
from django.test import Client

from accounts.models import Role, User
from accounts.services.sessions import open_session
from config.tests.routes import Line, Town, _counted, _outcome, _taken_back, _text
from core.encryption import BlindIndexField, EncryptedTextField
from core.tenancy import tenant_scope
from koperasi_risk.middleware import CHOSEN, VISIT
from koperasi_risk.models import (
    ExternalDebt,
    Loan,
    Member,
    MemberFacts,
    Tenant,
    TenantMembership,
    TenantRole,
    TenantRow,
)
from koperasi_risk.tests.factories import a_person

# In every text column, every list of texts, every JSON object that people write.
WORD = "Seberang7"
NIK, AMOUNT = "9988776655443322", 987_654_321
TABLES = [
    model
    for model in apps.get_app_config("koperasi_risk").get_models()
    if issubclass(model, TenantRow | Tenant)
]
# Names of files are opened, and what the engine computed is computed with again.
LEFT_ALONE = {
    "file",
    "values",
    "seen",
    "lines",
    "category_multipliers",
    "time_zone",
    "ruleset_hash",
}

ROLES = tuple(TenantRole)
ALL_ROLES = Role.KOPERASI_STAFF
VISITOR, IN_BOTH = "administrator on a visit", "member of the other, too"
FORMER, SEATLESS = "former colleague", "staff of no koperasi"
OURS = ("koperasi/", "api/koperasi/", "admin/koperasi_risk/")


@dataclass
class Seen:
    """What somebody was answered, the secrets in it, and whether a row of the other koperasi changed."""

    outcome: int | str
    secrets: list[str]
    changed: bool
    text: str


@dataclass
class Rivals:
    """The town seen from its first koperasi; `foreign` are the samples of the second under the same names."""

    town: Town
    foreign: Mapping[str, str]
    rival: int
    # Of rows; and of people and the koperasi's name, which our own staff may read.
    secrets: frozenset[str]
    names: frozenset[str]
    rows: list

    def ask(self, caller: str, line: Line, *, own: bool = False, samples=None) -> Seen:
        """Call as somebody of the first koperasi, with the addresses of the second unless `own`."""
        others = {} if own else samples or self.foreign
        town = replace(self.town, samples=self.town.samples | others)
        with _taken_back():
            response = town._call(self._client(town, caller, line), line)
            text = _text(response)
            return Seen(
                _outcome(response),
                sorted(self._known_to_nobody(caller, line, own=own) & found(text)),
                line.method != "GET" and rows_of(self.rival) != self.rows,
                text,
            )

    @property
    def nowhere(self) -> dict[str, str]:
        """Samples of the same names that no koperasi has."""
        return {
            name: str(UUID(int=1)) if CODE.fullmatch(sample) else "987654"
            for name, sample in self.foreign.items()
        }

    def _client(self, town: Town, caller: str, line: Line) -> Client:
        client = town._client(caller, line)
        if line.is_of_koperasi:
            client.defaults["HTTP_X_TENANT_ID"] = self.town.samples["tenant"]
        return client

    def _known_to_nobody(self, caller: str, line: Line, *, own: bool) -> frozenset[str]:
        # An answer may repeat the address that was asked for.
        asked_for = set() if own else {self.foreign[name] for name in NAMED.findall(line.at)}
        names = frozenset() if caller in (VISITOR, IN_BOTH) else self.names
        return (self.secrets | names) - asked_for


NAMED = re.compile(r"{(\w+)}")
CODE = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def found(text: str) -> frozenset[str]:
    """Return what in a text could be a secret: its codes, and the planted words and figures."""
    planted = (WORD, NIK, *written(AMOUNT), KOPERASI, PERSON)
    return frozenset(CODE.findall(text)) | {secret for secret in planted if secret in text}


def written(amount: int) -> tuple[str, ...]:
    return str(amount), f"{amount:,}", f"{amount:,}".replace(",", ".")


KOPERASI, PERSON = "KSP Seberang", "Nyoman Seberang"


def build_rivals(town: Town, *, now: datetime) -> Rivals:
    """Plant the secrets in the town's second koperasi, and seat everybody in its first."""
    home, rival = int(town.samples["tenant"]), int(town.samples["rival_tenant"])
    with tenant_scope(rival):
        User.objects.filter(memberships__isnull=False).update(full_name=PERSON)
        _figures()
        codes, first = codes_of_rows(), first_rows()
    people = _people(home, rival)
    keys = {caller: open_session(user=user, now=now).access for caller, user in people.items()}
    cookies = {
        caller: _cookie(user, _session(caller, home, now=now)) for caller, user in people.items()
    }
    foreign = {
        name.removeprefix("rival_"): sample
        for name, sample in town.samples.items()
        if name.startswith("rival_") and name != "rival_tenant"
    }
    return Rivals(
        replace(town, bearer=town.bearer | keys, session=town.session | cookies),
        foreign | first,
        rival,
        secrets=frozenset({WORD, NIK, *written(AMOUNT), *codes}),
        names=frozenset({KOPERASI, PERSON}),
        rows=rows_of(rival),
    )


def _people(home: int, rival: int) -> dict[str, User]:
    with tenant_scope(home):
        tenant = Tenant.objects.get(pk=home)
        people = {role: a_person("Made", tenant, role) for role in ROLES}
        people[IN_BOTH] = a_person("Made", tenant, *ROLES)
        people[FORMER] = a_person("Made", tenant, *ROLES)
        former = TenantMembership.objects.of(tenant).filter(user=people[FORMER])
        former.update(ended_at="2026-01-01T00:00Z")
    with tenant_scope(rival):
        TenantMembership.objects.create(
            tenant_id=rival, user=people[IN_BOTH], roles=[TenantRole.MEMBER]
        )
    people[SEATLESS] = User.objects.create(
        email="baru@koperasi.example", full_name="Made", role=Role.KOPERASI_STAFF
    )
    people[VISITOR] = User.objects.get(role=Role.ADMIN)
    return people


def _session(caller: str, home: int, *, now: datetime) -> dict:
    if caller == VISITOR:
        return {VISIT: {"tenant": home, "until": (now + timedelta(hours=1)).isoformat()}}
    return {CHOSEN: home} if caller == IN_BOTH else {}


def _cookie(user: User, kept: dict) -> str:
    client = Client()
    client.force_login(user)
    session = client.session
    session.update(kept)
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


# ── Secrets ────────────────────────────────────────────────────────────────────────────


@contextmanager
def planted() -> Iterator[None]:
    """Put secrets into every row that is made of the second koperasi: some can never be changed."""
    numbers = count(1)

    def plant(sender, instance, raw, **_):
        if isinstance(instance, TenantRow) and str(instance.tenant) == KOPERASI:
            for field in texts_of(sender):
                old = getattr(instance, field.attname)
                setattr(instance, field.attname, _with_secret(field, old, next(numbers)))

    pre_save.connect(plant, weak=False, dispatch_uid="planted")
    try:
        yield
    finally:
        pre_save.disconnect(dispatch_uid="planted")


def texts_of(model) -> Iterable[models.Field]:
    """Yield the fields of a table that hold what people write."""
    for field in model._meta.local_fields:
        kind = field.get_internal_type()
        is_text = kind in ("CharField", "TextField") and (field.max_length or 99) > len(WORD) + 9
        is_list = kind == "ArrayField" and not field.base_field.choices
        is_sealed = isinstance(field, EncryptedTextField | BlindIndexField)
        if field.choices or is_sealed or field.name in LEFT_ALONE:
            continue
        if is_text or is_list or kind == "JSONField":
            yield field


def _with_secret(field: models.Field, value, number: int):
    if isinstance(value, list):
        return [*value, WORD]
    if field.get_internal_type() == "JSONField":
        return (value or {}) | {WORD: WORD}
    return f"{WORD}-{number}"


def _figures() -> None:
    """Write amounts and an identity number that are nowhere else."""
    member = Member.objects.order_by("pk").first()
    member.nik, member.monthly_income = NIK, AMOUNT
    member.save()
    Loan.objects.update(principal=AMOUNT)
    ExternalDebt.objects.update(outstanding=AMOUNT)
    MemberFacts.objects.update(outstanding=AMOUNT)


def texts_without_a_secret() -> list[str]:
    """Return the texts of which no row of the present koperasi holds a secret."""
    return [
        str(field)
        for model in TABLES
        for field in texts_of(model)
        if issubclass(model, TenantRow)
        if not any(
            WORD in str(value) for value in model.objects.values_list(field.attname, flat=True)
        )
    ]


def codes_of_rows() -> set[str]:
    """Return every code by which a row of the present koperasi is known outside."""
    return {
        str(code)
        for model in TABLES
        if any(field.name == "code" for field in model._meta.local_fields)
        for code in model.objects.values_list("code", flat=True)
    }


def first_rows() -> dict[str, str]:
    """Return the key of each table's first row, named as the town names them."""
    return {
        model._meta.label_lower.replace(".", "_"): str(row.pk)
        for model in TABLES
        if (row := model.objects.order_by("pk").first())
    }


def rows_of(tenant_id: int) -> list:
    """Return every row of one koperasi, each table in one number."""
    with tenant_scope(tenant_id):
        return sorted(_counted(TABLES))
