"""
A small town in which every role lives, and how each of them is answered at every route.

Everything stands in one transaction; each call is rolled back, so that calls never see one another.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from allauth.account.utils import user_pk_to_url_str
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import get_resolver

from accounts.models import Organisation, Role, SignInAttempts, User
from accounts.reset_tokens import make_reset_token
from accounts.services.people import suspend_user
from accounts.services.sessions import open_session
from alerts.models import BankReview, EarlyWarning
from banking.models import (
    Installment,
    LoanApplication,
    LoanTerms,
    LoanTransition,
    Notice,
    Objection,
    Repayment,
    SavedFilter,
)
from config.tests.koperasi import koperasi_samples, rival_samples
from core import audit_chain
from core.models import AiText, IdempotencyRecord, Job
from core.tenancy import enter, scopes_of, tenant_scope
from koperasi_risk.models import Tenant, TenantRow, tenant_ids
from merchants.models import Consent, Merchant
from scoring.services.runs import continue_run, start_run
from scoring.tests.factories import daily_sales
from transactions.models import (
    GatewayMismatch,
    GatewayOrder,
    PaymentEvent,
    RefusedRow,
    SalesImport,
    SettlementProblem,
    SettlementStatement,
)

PASSWORD = "kapal-layar-biru-7"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A redirect to the page on which one signs in.
SIGN_IN = "sign in"

ANONYMOUS, SUSPENDED, OTHER_MERCHANT = "anonymous", "suspended merchant", "other merchant"
# Lives in the town, too; `test_isolation` says what this one may not see.
RIVAL = "another bank's approver"
RIVAL_KOPERASI = "another koperasi's staff"
# What the first bank wrote for itself.
SECRET = "Rahasia BCA"
CALLERS = (ANONYMOUS, SUSPENDED, OTHER_MERCHANT, *Role)
NOBODY, STRANGERS = frozenset(), frozenset({ANONYMOUS, SUSPENDED})
EVERYBODY = frozenset(CALLERS)
SIGNED_IN = EVERYBODY - STRANGERS


class Number(str):
    """A sample that stands in a body as a number."""


@dataclass(frozen=True)
class Line:
    """
    Who is answered what at one route and method: `ok` get `status`, `hidden` 404, the rest `others`.

    `at` is the address, with samples of the town in braces, where the route has holes; `strangers` are
    those who are not signed in.
    """

    route: str
    method: str = "GET"
    ok: frozenset = NOBODY
    status: int = 200
    hidden: frozenset = NOBODY
    others: int = 403
    strangers: int | str = ""
    at: str = ""
    body: Mapping | Callable = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.at or self.route or '/'}"

    @property
    def is_api(self) -> bool:
        # The gateway is answered in its own shape.
        return self.route.startswith(("api/", "koperasi/risk")) and "webhook/" not in self.route

    @property
    def is_of_koperasi(self) -> bool:
        return self.route.startswith(("api/koperasi/", "koperasi/risk"))

    def expected(self, caller: str) -> int | str:
        if caller in self.ok:
            return self.status
        if caller in self.hidden:
            return 404
        if caller in STRANGERS:
            return self.strangers or (401 if self.is_api else SIGN_IN)
        return self.others


def routes() -> Iterator[str]:
    """Walk the whole URLconf."""
    return _routes_of(get_resolver(), "")


def _routes_of(resolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).removeprefix("^")
        if hasattr(entry, "url_patterns"):
            yield from _routes_of(entry, route)
        else:
            yield route


# ── The town ───────────────────────────────────────────────────────────────────────────


@dataclass
class Answer:
    outcome: int | str
    text: str
    content_type: str
    changed: bool = False

    @property
    def is_refusal(self) -> bool:
        return self.outcome in (401, 403, 404, 405, SIGN_IN)


@dataclass
class Town:
    """The people's keys to API and pages, samples to ask for, and every row as it is before a call."""

    bearer: dict[str, str]
    session: dict[str, str]
    samples: dict[str, str]
    rows: list
    ways_in: dict[str, Answer] = field(default_factory=dict)
    # One chain of middleware for all callers: to build it takes as long as many an answer.
    handler: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def ask(self, caller: str, line: Line) -> Answer:
        """Call as somebody and take every effect back; say whether a refusal changed a row."""
        with _taken_back():
            written = _rows_written()
            response = self._call(self._client(caller, line), line)
            if response.status_code == 302 and response["Location"].startswith("/admin/login/"):
                return self._turned_back(caller, response)
            answer = Answer(_outcome(response), _text(response), response["Content-Type"])
            # To look at every row takes longer than most calls, and few refusals write any.
            if answer.is_refusal and _rows_written() != written:
                answer.changed = _fingerprint() != self.rows
            return answer

    def _turned_back(self, caller: str, response) -> Answer:
        """Say where the back office's own way in leads somebody: to ours, or to a refusal."""
        if caller not in self.ways_in:
            further = response.client.get(response["Location"])
            self.ways_in[caller] = Answer(_outcome(further), "", further["Content-Type"])
        return self.ways_in[caller]

    def _client(self, caller: str, line: Line) -> Client:
        client = Client(raise_request_exception=False)
        client.handler = self.handler
        if line.is_of_koperasi:
            own = "rival_tenant" if caller == RIVAL_KOPERASI else "tenant"
            client.defaults["HTTP_X_TENANT_ID"] = self.samples[own]
        if caller != ANONYMOUS and line.is_api:
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.bearer[caller]}"
        elif caller != ANONYMOUS:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session[caller]
        return client

    def _call(self, client: Client, line: Line):
        address = "/" + (line.at or line.route).format(**self.samples)
        if line.method == "GET":
            return client.get(address)
        if callable(line.body):
            return client.post(address, line.body())
        body = {name: self._filled(value) for name, value in line.body.items()}
        if line.is_api:
            return client.generic(line.method, address, json.dumps(body), "application/json")
        if line.method == "POST":
            return client.post(address, body)
        return client.generic(line.method, address)

    def _filled(self, value):
        filled = value.format(**self.samples) if isinstance(value, str) else value
        return int(filled) if isinstance(value, Number) else filled


def build_town(*, now: datetime) -> Town:
    people = _people()
    bearer = {caller: open_session(user=user, now=now).access for caller, user in people.items()}
    session = {}
    for caller, user in people.items():
        client = Client()
        client.force_login(user)
        session[caller] = client.cookies[settings.SESSION_COOKIE_NAME].value
    suspend_user(user=people[SUSPENDED], by=people[Role.ADMIN], reason="Uji", now=now)
    audit_chain.seal(now=now)
    samples = _samples(people, now=now)
    return Town(bearer=bearer, session=session, samples=samples, rows=_fingerprint())


def _people() -> dict[str, User]:
    bank = Organisation.objects.create(code="BCA", name="PT Bank Central Asia", kind="BANK")
    people = {}
    for caller in (Role.MERCHANT, SUSPENDED, OTHER_MERCHANT, *list(Role)[1:]):
        role = caller if caller in list(Role) else Role.MERCHANT
        works_for = bank if "BANK" in role else None
        email = f"{caller.lower().replace(' ', '.')}@example.com"
        people[caller] = User(email=email, full_name="Tono", role=role, organisation=works_for)
    rivals = Organisation.objects.create(code="BNI", name="BNI", kind="BANK")
    people[RIVAL] = User(
        email="rival@example.com", full_name="Tono", role=Role.BANK_APPROVER, organisation=rivals
    )
    people[RIVAL_KOPERASI] = User(
        email="rival@koperasi.example", full_name="Tono", role=Role.KOPERASI_STAFF
    )
    people[Role.MERCHANT].set_password(PASSWORD)
    for user in people.values():
        user.save()
    return people


def _samples(people: dict[str, User], *, now: datetime) -> dict[str, str]:
    shop = _a_shop(people[Role.MERCHANT], now=now)
    other = _a_shop(people[OTHER_MERCHANT], now=now)
    consent, _ = (
        Consent.objects.create(merchant=merchant, text_version="2026-01", granted_at=now)
        for merchant in (shop, other)
    )
    unseen = _a_shop(people[SUSPENDED], now=now)
    continue_run(run=start_run(as_of=now, now=now), now=now)
    sales_import = SalesImport.objects.create(merchant=shop, file_name="a.csv", started_at=now)
    RefusedRow.objects.create(sales_import=sales_import, line=2, reason_code="malformed")
    _gateway_samples(shop, now=now)
    SignInAttempts.objects.create(key="0" * 64, attempts=1, window_ends_at=now)
    AiText.objects.create(
        kind="x", subject="x", language="id", facts_hash="x", prompt="{}", asked_at=now, due_at=now
    )
    IdempotencyRecord.objects.create(
        owner="x", route="/x", key="x", status=200, body="{}", created_at=now
    )
    merchant = people[Role.MERCHANT]
    token = make_reset_token(merchant)
    return {
        "email": merchant.email,
        "refresh": open_session(user=merchant, now=now).refresh,
        "reset_token": token,
        "uid": user_pk_to_url_str(merchant),
        "consent": str(consent.code),
        "sale": shop.transactions.latest("pk").code,
        "import": str(sales_import.code),
        "job": str(_a_job(people[Role.MERCHANT], now=now).code),
        "shop": shop.code,
        "unseen": unseen.code,
        **_bank_samples(shop, people[Role.BANK_OFFICER], now=now),
        **_desk_samples(people[Role.BANK_OFFICER], unseen, now=now),
        **koperasi_samples(people[Role.KOPERASI_STAFF], now=now),
        **rival_samples(people[RIVAL_KOPERASI], now=now),
        **_first_rows(),
    }


def _first_rows() -> dict[str, str]:
    """The key of each table's first row; of a koperasi's table, of the first koperasi's."""
    rows = {}
    for model in _models():
        with scopes_of(model)[0]():
            if row := model._default_manager.order_by("pk").first():
                rows[model._meta.label_lower.replace(".", "_")] = str(row.pk)
    return rows


def _bank_samples(shop: Merchant, officer: User, *, now: datetime) -> dict[str, str]:
    """A warning about a shop, and an application of the bank for it."""
    warning = _a_warning(shop, now=now)
    BankReview.objects.create(
        warning=warning,
        bank=officer.organisation,
        state="MONITORING",
        note=SECRET,
        by=officer,
        at=now,
    )
    loan = LoanApplication.objects.create(
        bank=officer.organisation,
        merchant=shop,
        amount=1_000_000,
        tenor_months=12,
        yearly_rate_percent=12,
        method="ANNUITY",
        made_by=officer,
        made_at=now,
        updated_at=now,
    )
    refused = LoanApplication.objects.create(
        bank=officer.organisation,
        merchant=shop,
        amount=2_000_000,
        tenor_months=12,
        yearly_rate_percent=12,
        method="ANNUITY",
        purpose=SECRET,
        status="REJECTED",
        made_by=officer,
        made_at=now,
        updated_at=now,
        decided_at=now,
    )
    objections = {
        name: Objection.objects.create(
            merchant=shop, text="Mohon diperiksa lagi.", opened_at=now, due_at=now, **about
        )
        for name, about in {
            # The desk of the back office keeps the first one.
            "score_objection": {
                "score": shop.credit_scores.latest("pk"),
                "status": "ANSWERED",
                "answered_at": now,
                "answered_by": officer,
            },
            "objection": {"application": refused},
        }.items()
    }
    running = _a_running_loan(shop, officer, now=now)
    return {
        "running": running.code,
        "other_bank": str(Organisation.objects.get(code="BNI").pk),
        "warning": str(warning.code),
        "application": loan.code,
        "refused": refused.code,
        **{name: str(objection.code) for name, objection in objections.items()},
    }


def _a_warning(shop: Merchant, *, now: datetime) -> EarlyWarning:
    return EarlyWarning.objects.create(
        merchant=shop,
        kind="REVENUE_DROP",
        severity="MEDIUM",
        current_value=1,
        threshold=20,
        deviation=30,
        facts={"recent_days": 10, "past_days": 20, "past": "2"},
        detected_at=now,
        updated_at=now,
        worsened_at=now,
    )


def _desk_samples(officer: User, unseen: Merchant, *, now: datetime) -> dict[str, str]:
    """What an officer keeps, and a warning about a shop that no bank may see."""
    kept = SavedFilter.objects.create(
        owner=officer,
        bank=officer.organisation,
        page="MERCHANTS",
        name=SECRET,
        query="kota=Bandung",
        is_shared=True,
        saved_at=now,
    )
    loan = LoanApplication.objects.filter(bank=officer.organisation).order_by("pk").first()
    Notice.objects.create(
        key="x", bank=officer.organisation, kind="SUBMITTED", application=loan, at=now
    )
    return {
        "filter": str(kept.pk),
        "bank_job": str(_a_job(officer, now=now).code),
        "unseen_warning": str(_a_warning(unseen, now=now).code),
    }


def _a_running_loan(shop: Merchant, officer: User, *, now: datetime) -> LoanApplication:
    loan = LoanApplication.objects.create(
        bank=officer.organisation,
        merchant=shop,
        amount=3_000_000,
        tenor_months=1,
        yearly_rate_percent=12,
        method="FLAT",
        status="DISBURSED",
        made_by=officer,
        made_at=now,
        updated_at=now,
        approved_amount=3_000_000,
        disbursed_amount=3_000_000,
        disbursed_at=now,
    )
    LoanTerms.objects.create(bank=officer.organisation)
    LoanTransition.objects.create(
        application=loan, came_from="APPROVED", went_to="DISBURSED", by=officer, at=now
    )
    Installment.objects.create(
        application=loan, number=1, due_date=now.date(), principal=3_000_000, interest=30_000
    )
    Repayment.objects.create(
        application=loan,
        reference="TRF-0",
        amount=1000,
        paid_on=now.date(),
        recorded_by=officer,
        recorded_at=now,
    )
    return loan


def _a_job(owner: User, *, now: datetime) -> Job:
    return Job.objects.create(
        kind="x", owner_code=str(owner.code), created_at=now, progressed_at=now
    )


def _gateway_samples(shop: Merchant, *, now: datetime) -> None:
    sale = shop.transactions.latest("pk")
    GatewayOrder.objects.get_or_create(transaction=sale, defaults={"expires_at": now})
    PaymentEvent.objects.create(transaction=sale, kind="PAID", source="SWEEP", at=now)
    GatewayMismatch.objects.create(
        trade_number="x", reason="UNKNOWN_SALE", reported="02", received_at=now
    )
    statement = SettlementStatement.objects.create(source="FILE", name="a.csv", started_at=now)
    SettlementProblem.objects.create(statement=statement, line=2, reason_code="unknown_sale")


def _a_shop(owner: User, *, now: datetime) -> Merchant:
    shop = Merchant.objects.create(
        owner=owner, company_name="Warung", phone="+6281234567890", joined_at=now
    )
    daily_sales(shop, days=2, now=now)
    daily_sales(shop, days=1, now=now - timedelta(days=5), refunded=1000)
    return shop


def a_sales_file() -> dict:
    header = "transaction_id,occurred_at,amount,payment_method,status"
    row = "A-1,2026-03-02T12:00:00+07:00,15000,QRIS,Success"
    return {"file": SimpleUploadedFile("sales.csv", f"{header}\n{row}\n".encode())}


def a_members_file() -> dict:
    content = "no_anggota;nama;tanggal_masuk\nA-1;Sri Rahayu;02/03/2026\n"
    return {"jenis": "MEMBERS", "file": SimpleUploadedFile("anggota.csv", content.encode())}


# ── What came of a call ────────────────────────────────────────────────────────────────


@contextmanager
def _taken_back():
    call = transaction.atomic()
    # As Django's own test cases do: what must commit for good may do so in here.
    call._from_testcase = True
    with call:
        yield
        transaction.set_rollback(True)


def _outcome(response) -> int | str:
    if response.status_code == 302 and response["Location"].startswith("/accounts/login/"):
        return SIGN_IN
    return response.status_code


def _text(response) -> str:
    content = b"".join(response) if response.streaming else response.content
    # A PDF is no text.
    return content.decode(errors="replace")


def _rows_written() -> int:
    """Return how many rows this transaction has written so far, those taken back included."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_WRITTEN)
        return cursor.fetchone()[0]


_ROWS_WRITTEN = """
SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
    + pg_stat_get_xact_tuples_deleted(oid))
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@cache
def _models() -> list:
    ours = {path.parent.name for path in settings.BASE_DIR.glob("*/models*")}
    return [model for model in apps.get_models() if model._meta.app_label in ours]


def _fingerprint() -> list:
    """Every row of every table of ours, in one number each; of koperasi's tables, in one for each koperasi."""
    of_koperasi = [model for model in _models() if issubclass(model, TenantRow | Tenant)]
    counted = _counted([model for model in _models() if model not in of_koperasi])
    with tenant_scope(None):
        for tenant_id in tenant_ids():
            enter(tenant_id)
            counted += _counted(of_koperasi)
    return sorted(counted)


def _counted(models: list) -> list:
    tables = " UNION ALL ".join(
        f"SELECT '{model._meta.db_table}', count(*), coalesce(sum(hashtext(t::text)), 0)"
        f" FROM {model._meta.db_table} t"
        for model in models
    )
    with connection.cursor() as cursor:
        cursor.execute(tables)
        return cursor.fetchall()
