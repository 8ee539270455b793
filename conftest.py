"""The people and shops that tests share, and the database role they work under."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, override_settings

from accounts.models import Organisation, Role, User
from merchants.models import Consent, Merchant

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 12.00 in Jakarta


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Side by side, each file runs as a whole; all proofs share one running copy of the product."""
    from xdist.scheduler import LoadScopeScheduling

    class FileByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "proof" if nodeid.startswith("proof/") else nodeid.split("::")[0]

    return FileByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest comes first, so that nobody waits for it in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("proof/"))


def _become(credentials: dict) -> None:
    # The handler's settings are shared with the connections of other threads.
    connection.close()
    connection.settings_dict.update(credentials)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The owner makes and migrates the test database; the tests run in the application's role."""
    with django_db_blocker.unblock():
        _become(settings.APP_CREDENTIALS)

    def flush_as_owner(case):
        _become(settings.OWNER_CREDENTIALS)
        try:
            original(case)
        finally:
            _become(settings.APP_CREDENTIALS)

    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = flush_as_owner
    yield
    TransactionTestCase._fixture_teardown = original
    with django_db_blocker.unblock():
        _become(settings.OWNER_CREDENTIALS)


@pytest.fixture(scope="session", autouse=True)
def _files_that_nobody_keeps(tmp_path_factory):
    """What jobs take and make leaves with the tests."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture(autouse=True)
def _fresh_keys():
    """Data keys live in the database, which every test empties."""
    from core.keys import ring

    ring.forget()


@pytest.fixture
def sari(db) -> User:
    """Owns a warung."""
    return User.objects.create(email="sari@example.com", full_name="Sari", role=Role.MERCHANT)


@pytest.fixture
def warung(sari) -> Merchant:
    """Sari's shop, which banks may see."""
    return _a_shop(owner=sari, company_name="Warung Sari", city="Bandung", category="Retail")


@pytest.fixture
def rini(db) -> User:
    """Owns another shop, and must never see Sari's."""
    return User.objects.create(email="rini@example.com", full_name="Rini", role=Role.MERCHANT)


@pytest.fixture
def kios(rini) -> Merchant:
    """Rini's shop."""
    return _a_shop(owner=rini, company_name="Kios Rini", city="Medan", category="Retail")


@pytest.fixture
def bank(db) -> Organisation:
    return Organisation.objects.create(code="BCA", name="PT Bank Central Asia", kind="BANK")


@pytest.fixture
def budi(bank) -> User:
    """Lends for a bank."""
    return User.objects.create(
        email="budi@bank.example", full_name="Budi", role=Role.BANK_OFFICER, organisation=bank
    )


@pytest.fixture
def wayan(db) -> User:
    """Runs a koperasi: `mekar`, where a test asks for it."""
    return User.objects.create(
        email="wayan@koperasi.example", full_name="Wayan", role=Role.KOPERASI_STAFF
    )


@pytest.fixture
def mekar(wayan):
    """Wayan's koperasi, in whose scope the test stands."""
    from koperasi_risk.tests.factories import a_koperasi

    with a_koperasi("KSP Mekar", wayan) as tenant:
        yield tenant


@pytest.fixture
def operator(db) -> User:
    return User.objects.create(email="op@saksama.example", full_name="Operator", role=Role.OPERATOR)


@pytest.fixture
def admin_user(db) -> User:
    return User.objects.create(
        email="admin@saksama.example", full_name="Admin", role=Role.ADMIN, is_superuser=True
    )


@pytest.fixture
def api(client):
    """Return a function that calls the API as somebody: `api(sari).get("/api/merchant/profile")`."""
    from rest_framework.test import APIClient

    def as_person(person: User | None = None) -> APIClient:
        caller = APIClient()
        if person is not None:
            from accounts.services.sessions import open_session

            tokens = open_session(user=person, now=datetime.now(UTC))
            caller.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
        return caller

    return as_person


@pytest.fixture(scope="session")
def paylabs_process(tmp_path_factory):
    """Paylabs' simulator, started when the first test asks for it."""
    from transactions.tests.gateway import simulator

    with simulator(tmp_path_factory.mktemp("paylabs")) as running:
        yield running


@pytest.fixture
def paylabs(paylabs_process, settings):
    """The gateway, empty and well-behaved, with the product's settings pointing at it."""
    paylabs_process.reset()
    settings.PAYLABS_MID = paylabs_process.keys["MID"]
    settings.PAYLABS_PRIVATE_KEY = paylabs_process.keys["PRIVATE_KEY"]
    settings.PAYLABS_PUBLIC_KEY = paylabs_process.keys["PUBLIC_KEY"]
    settings.PAYLABS_URL = paylabs_process.url
    # Nobody listens there: a demo on this machine must not hear of a test's payments.
    settings.PAYLABS_NOTIFY_URL = "http://127.0.0.1:9/api/webhook/paylabs"
    return paylabs_process


@pytest.fixture(autouse=True)
def _no_ai(settings):
    """Whoever runs the tests may have an AI; the tests have none unless they ask for `qwen`."""
    settings.QWEN_API_KEY = ""


@pytest.fixture(scope="session")
def qwen_server():
    """Qwen's simulator, in a thread, over real HTTP."""
    from core.tests.qwen import running

    with running() as url:
        yield url


@pytest.fixture
def qwen(qwen_server, settings):
    """The AI, well-behaved and without a memory, with the product's settings pointing at it."""
    from core.tests.qwen import KEY, Qwen

    settings.QWEN_API_KEY, settings.QWEN_BASE_URL = KEY, f"{qwen_server}/compatible-mode/v1"
    settings.QWEN_MODEL, settings.QWEN_TIMEOUT_SECONDS = "qwen-plus", 5
    hand = Qwen(qwen_server)
    hand.reset()
    yield hand
    hand.reset()


def _a_shop(*, owner: User, **details) -> Merchant:
    shop = Merchant.objects.create(owner=owner, joined_at=NOON, **details)
    Consent.objects.create(merchant=shop, text_version="2026-01", granted_at=NOON)
    return shop
