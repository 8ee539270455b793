"""One browser for all of these tests, and shops with something to see."""

import os
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Role, User
from config.tests.browser.visitor import CHROMIUM, Visitor
from core.dates import business_day
from scoring.services.scores import recalculate
from transactions.models import DailyTotal, GatewayOrder, Transaction

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api")
    # Playwright keeps an event loop in this thread; our queries here are none of its business.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def visit(chromium, live_server):
    """Return a function that makes a visitor, signed in as somebody or as nobody."""

    @contextmanager
    def make(person: User | None = None):
        context = chromium.new_context(locale="id-ID")
        visitor = Visitor(context, live_server.url)
        if person:
            visitor.come_in(person)
        yield visitor
        context.close()

    return make


def give_sales(merchant) -> None:
    """Two months of sales, and one of each kind today."""
    now = timezone.now()
    DailyTotal.objects.bulk_create(
        DailyTotal(
            merchant=merchant,
            day=business_day(now) - timedelta(days=ago),
            paid_count=12,
            paid_amount=Decimal(400_000 + 9_000 * ago),
        )
        for ago in range(60)
    )
    Transaction.objects.bulk_create(
        Transaction(
            merchant=merchant,
            amount=125_000,
            method="QRIS",
            status=status,
            paid_at=now,
            product_name="Nasi rames dengan nama yang panjang sekali",
            occurred_at=now,
            recorded_at=now,
            updated_at=now,
        )
        for status in Transaction.Status
    )


@pytest.fixture
def busy_warung(warung):
    """Sari's shop with two months of sales, some of today, and a score."""
    give_sales(warung)
    recalculate(merchant=warung, now=timezone.now())
    return warung


@pytest.fixture
def busy_kios(kios):
    """Rini's shop, as busy."""
    give_sales(kios)
    recalculate(merchant=kios, now=timezone.now())
    return kios


@pytest.fixture
def tuti(bank):
    """Decides at Budi's bank."""
    return User.objects.create(
        email="tuti@bank.example", full_name="Tuti", role=Role.BANK_APPROVER, organisation=bank
    )


@pytest.fixture
def waiting_sale(warung):
    """A QRIS sale of Sari's whose code is on the screen."""
    now = timezone.now()
    sale = Transaction.objects.create(
        merchant=warung,
        amount=40_000,
        method="QRIS",
        items=[{"name": "Kopi", "quantity": 2, "price": 20_000, "totalPrice": 40_000}],
        occurred_at=now,
        recorded_at=now,
        updated_at=now,
    )
    GatewayOrder.objects.create(
        transaction=sale,
        qr_code="00020101021226670016COM.EXAMPLE.WWW" + "0123456789" * 12,
        qris_url="https://pay.example/1",
        expires_at=now + timedelta(minutes=15),
    )
    return sale


@pytest.fixture
def lending(busy_warung, budi, tuti):
    """Loans of Sari's at every station, warnings, and objections."""
    from config.tests.browser.lending import Lending

    return Lending.of(busy_warung, officer=budi, approver=tuti)
