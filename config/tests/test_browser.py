"""
Every page in a real browser: light and dark, on a phone, a tablet and a desk.

No policy is violated, no error logged, no other host called, nothing scrolls sideways, nothing serious
is found by axe, and everything speaks Indonesian.
"""

import os
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts.models import Role, User
from core.dates import business_day
from scoring.services.scores import recalculate
from transactions.models import DailyTotal, GatewayOrder, Transaction

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCHEMES = ["light", "dark"]
WIDTHS = [1366, 768, 360]
PASSWORD = "kuda-laut-berjemur-42-kali"
HEAR_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
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


class Visitor:
    """Somebody with a browser, and everything that went wrong in it."""

    def __init__(self, context, address: str):
        self.address = address
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.add_init_script(HEAR_VIOLATIONS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._watch)

    def _hear(self, message) -> None:
        # The browser also reports the status of a refused page, which is not an error of ours.
        if message.type == "error" and message.location.get("url") != self.page.url:
            self.complaints.append(f"{self.page.url} console: {message.text}")

    def _watch(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"http://{parts.netloc}" != self.address:
            self.complaints.append(f"asked {request.url}")

    def open(self, path: str, *, scheme: str = "light", width: int = 1366):
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        return self.page.goto(self.address + path)

    def sign_in(self, person: User) -> None:
        person.set_password(PASSWORD)
        person.save()
        self.open("/accounts/login/")
        self.page.fill("[name=login]", person.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main form button.primary")
        self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def inspect(self, paths: list[str]) -> None:
        """Look at each page in each scheme and width, and note what is wrong."""
        for path in paths:
            for scheme in SCHEMES:
                self.open(path, scheme=scheme)
                for width in WIDTHS:
                    self.page.set_viewport_size({"width": width, "height": 800})
                    self._measure(f"{path} {scheme} {width}")
                    if width != 768:
                        self._judge(f"{path} {scheme} {width}")

    def _measure(self, where: str) -> None:
        scroll = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if scroll > 0:
            self.complaints.append(f"{where}: scrolls {scroll} pixels sideways")
        if self.page.get_attribute("html", "lang") != "id":
            self.complaints.append(f"{where}: does not speak Indonesian")
        violations = self.page.evaluate("window.violations.splice(0)")
        self.complaints += [f"{where}: policy {violation}" for violation in violations]

    def _judge(self, where: str) -> None:
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        for violation in found:
            if violation["impact"] in ("serious", "critical"):
                nodes = " | ".join(node["html"][:160] for node in violation["nodes"][:3])
                self.complaints.append(f"{where}: {violation['id']}: {nodes}")


@pytest.fixture
def visit(chromium, live_server):
    """Return a function that makes a visitor, signed in as somebody or as nobody."""

    @contextmanager
    def make(person: User | None = None):
        context = chromium.new_context(locale="id-ID")
        visitor = Visitor(context, live_server.url)
        if person:
            visitor.sign_in(person)
        yield visitor
        context.close()

    return make


@pytest.fixture
def busy_warung(warung):
    """Sari's shop with two months of sales, some of today, and a score."""
    now = timezone.now()
    for ago in range(60):
        DailyTotal.objects.create(
            merchant=warung,
            day=business_day(now) - timedelta(days=ago),
            paid_count=12,
            paid_amount=Decimal(400_000 + 9_000 * ago),
        )
    for status in Transaction.Status:
        Transaction.objects.create(
            merchant=warung,
            amount=125_000,
            method="QRIS",
            status=status,
            paid_at=now,
            product_name="Nasi rames dengan nama yang panjang sekali",
            occurred_at=now,
            recorded_at=now,
            updated_at=now,
        )
    recalculate(merchant=warung, now=now)
    return warung


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


def test_pages_before_signing_in(visit):
    with visit() as visitor:
        visitor.inspect(
            [
                "/accounts/login/",
                "/accounts/password/reset/",
                "/accounts/password/reset/done/",
                "/accounts/password/reset/key/1-a-b/",
                "/nowhere/",
            ]
        )

    assert visitor.complaints == []


def test_the_pages_of_a_merchant(visit, sari, busy_warung):
    with visit(sari) as visitor:
        visitor.inspect(["/m/", "/akun/preferensi/", "/portal/"])

    assert visitor.complaints == []


def test_the_sales_pages_of_a_merchant(visit, sari, busy_warung, waiting_sale):
    sales = {sale.status: f"/m/penjualan/{sale.code}/" for sale in busy_warung.transactions.all()}
    with visit(sari) as visitor:
        visitor.inspect(
            [
                "/m/penjualan/",
                "/m/penjualan/?cari=tidak+ada",
                "/m/penjualan/?dari=2026-02-02&sampai=2026-02-01",
                "/m/penjualan/baru/",
                f"/m/penjualan/baru/?seperti={waiting_sale.code}",
                f"/m/penjualan/{waiting_sale.code}/",
                *(sales[status] for status in ("SUCCESS", "EXPIRED", "REFUNDED")),
            ]
        )

    assert visitor.complaints == []


def test_the_list_follows_its_filters_and_the_way_back(visit, sari, busy_warung):
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open("/m/penjualan/")
        page.keyboard.press("/")
        page.keyboard.type("tidak ada")
        page.wait_for_selector("text=Tidak ada penjualan yang cocok")
        assert page.url.endswith("/m/penjualan/?cari=tidak+ada")

        page.fill("[name=cari]", "")
        page.select_option("[name=status]", "EXPIRED")
        page.wait_for_selector("text=1 penjualan")
        assert page.url.endswith("/m/penjualan/?status=EXPIRED")

        page.go_back()
        page.wait_for_selector("text=Tidak ada penjualan yang cocok")
        assert visitor.complaints == []


def test_a_sale_is_typed_by_keyboard(visit, sari, warung):
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open("/m/penjualan/")
        page.keyboard.press("n")
        page.wait_for_selector("[name=method]")
        page.check("[value=CASH]")
        page.click("button[value=tambah]")
        page.wait_for_selector("[name=item-name]:focus")
        page.keyboard.type("Kopi")
        page.fill("[name=item-quantity]", "3")
        page.fill("[name=item-price]", "5000")
        page.press("[name=item-price]", "Tab")
        page.wait_for_selector("#lines-sum strong")
        page.press("[name=description]", "Enter")
        page.wait_for_selector(".outcome.ok")

    sale = warung.transactions.get()
    assert (sale.amount, sale.items[0]["name"]) == (Decimal(15000), "Kopi")
    assert visitor.complaints == []


def test_the_page_of_a_sale_sees_the_payment_come(visit, sari, warung, waiting_sale):
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open(f"/m/penjualan/{waiting_sale.code}/")
        page.wait_for_selector("svg.qr")
        Transaction.objects.filter(pk=waiting_sale.pk).update(
            status="SUCCESS", paid_at=timezone.now()
        )
        page.wait_for_selector(".outcome.ok")

        assert page.locator("svg.qr").count() == 0
        assert "Rp" in page.inner_text("#sale-news")
        assert visitor.complaints == []


def test_giving_back_names_the_amount_and_asks_first(visit, sari, busy_warung):
    sale = busy_warung.transactions.get(status="SUCCESS")
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open(f"/m/penjualan/{sale.code}/")
        page.fill("[name=amount]", "25000")
        page.fill("[name=reason]", "Basi")
        page.press("[name=reason]", "Enter")
        page.wait_for_selector("dialog[open] >> text=Rp 25.000")
        assert not sale.refunds.exists()

        page.click("dialog[open] button[value=yes]")
        page.wait_for_selector(".toasts .success")

    assert sale.refunds.get().amount == Decimal(25000)
    assert visitor.complaints == []


def test_the_pages_of_a_bank_officer(visit, budi, busy_warung):
    with visit(budi) as visitor:
        visitor.inspect(["/portal/"])

    assert visitor.complaints == []


def test_the_pages_of_the_koperasi_and_of_the_analysts(visit, wayan, db):
    analyst = User.objects.create(
        email="dewi@example.com", full_name="Dewi", role=Role.FRAUD_ANALYST
    )
    with visit(wayan) as visitor:
        visitor.inspect(["/koperasi/"])
    with visit(analyst) as other:
        other.inspect(["/fraud/"])

    assert visitor.complaints + other.complaints == []


def test_the_desks_of_the_back_office(visit, admin_user, busy_warung):
    score = busy_warung.credit_scores.get()
    with visit(admin_user) as visitor:
        visitor.inspect(
            [
                "/admin/",
                "/admin/accounts/user/",
                f"/admin/accounts/user/{admin_user.pk}/change/",
                "/admin/transactions/transaction/",
                "/admin/core/auditentry/",
                f"/admin/scoring/creditscore/{score.pk}/change/",
            ]
        )

    assert visitor.complaints == []


def test_a_theme_is_shown_at_once_and_kept(visit, sari, warung):
    with visit(sari) as visitor:
        page = visitor.page
        page.click("summary")
        with page.expect_response("**/akun/pilihan/"):
            page.click("button[value=dark]")

        assert page.get_attribute("html", "data-theme") == "dark"
        sari.refresh_from_db()
        assert sari.theme == "dark"
        assert visitor.complaints == []


def test_the_drawer_opens_and_closes_by_keyboard(visit, sari, warung):
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open("/m/", width=360)
        page.focus("[data-drawer-open]")
        page.keyboard.press("Enter")
        page.locator("#navigation").wait_for(state="visible")

        page.keyboard.press("Escape")
        page.locator("#navigation").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.hasAttribute('data-drawer-open')")


def test_withdrawing_a_consent_asks_first(visit, sari, warung):
    consent = warung.consents.get()
    with visit(sari) as visitor:
        page = visitor.page
        page.click("form[data-confirm] button")
        page.click("dialog button[value=no]")
        consent.refresh_from_db()
        assert consent.withdrawn_at is None

        page.click("form[data-confirm] button")
        page.click("dialog button[value=yes]")
        page.wait_for_selector(".toasts .success")

    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert visitor.complaints == []


def test_a_password_can_be_shown(visit):
    with visit() as visitor:
        visitor.open("/accounts/login/")
        visitor.page.click("[data-reveal]")

        assert visitor.page.get_attribute("[name=password]", "type") == "text"


def test_suspending_from_the_desk_of_people(visit, operator, sari):
    with visit(operator) as visitor:
        page = visitor.page
        visitor.open(f"/admin/accounts/user/{sari.pk}/change/")
        page.click("text=Tangguhkan")
        page.fill("textarea[name=reason]", "Ponselnya hilang")
        page.click("#dialog button[type=submit]")
        page.wait_for_selector("text=Sari ditangguhkan.")

    sari.refresh_from_db()
    assert not sari.is_active
    assert visitor.complaints == []
