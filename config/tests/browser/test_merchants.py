from decimal import Decimal

from django.utils import timezone

from config.tests.browser.visitor import IN_A_BROWSER, PAGE_BYTES
from transactions.models import Transaction

pytestmark = IN_A_BROWSER
OWN_PAGES = [
    "/m/",
    "/m/skor/",
    "/m/skor/bagaimana-jika/",
    "/m/skor/wawasan/",
    "/m/peringatan/",
    "/m/penawaran/",
    "/m/pinjaman/",
    "/m/persetujuan/",
    "/m/keberatan/",
]


def test_the_pages_of_a_new_shop(visit, sari, warung):
    with visit(sari) as visitor:
        visitor.glance([*OWN_PAGES, "/m/penjualan/", "/pekerjaan/"])

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_pages_of_a_merchant(visit, sari, lending):
    loans = [f"/m/pinjaman/{lending.loans[status].code}/" for status in ("REJECTED", "DISBURSED")]
    with visit(sari) as visitor:
        visitor.inspect([*OWN_PAGES, *loans, "/akun/preferensi/", "/portal/"])

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_pages_of_a_merchant_are_light(visit, sari, busy_warung):
    for path in ("/m/", "/m/skor/", "/m/penjualan/"):
        with visit(sari) as visitor:
            assert visitor.weigh(path) <= PAGE_BYTES, path


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

    assert not visitor.complaints, "\n".join(visitor.complaints)


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
        assert not visitor.complaints, "\n".join(visitor.complaints)


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
    assert not visitor.complaints, "\n".join(visitor.complaints)


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
        assert not visitor.complaints, "\n".join(visitor.complaints)


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
    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_a_theme_is_shown_at_once_and_kept(visit, sari, warung):
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open("/m/")
        page.click("summary")
        with page.expect_response("**/akun/pilihan/"):
            page.click("button[value=dark]")

        assert page.get_attribute("html", "data-theme") == "dark"
        sari.refresh_from_db()
        assert sari.theme == "dark"
        assert not visitor.complaints, "\n".join(visitor.complaints)


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
        visitor.open("/m/persetujuan/")
        page.click("form[data-confirm] button")
        page.click("dialog button[value=no]")
        consent.refresh_from_db()
        assert consent.withdrawn_at is None

        page.click("form[data-confirm] button")
        page.click("dialog button[value=yes]")
        page.wait_for_selector(".toasts .success")

    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_a_slider_moves_the_score_and_an_objection_is_sent(visit, sari, busy_warung):
    with visit(sari) as visitor:
        page = visitor.page
        visitor.open("/m/skor/bagaimana-jika/", width=360)
        page.focus("[name=refund]")
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        page.wait_for_selector("#supposed >> text=dari sekarang")

        page.click(".tabs a")
        page.click("text=Ajukan keberatan")
        page.fill("[name=text]", "Penjualan tunai bulan lalu belum dihitung.")
        page.click("text=Kirim keberatan")
        page.wait_for_selector(".toasts .success")

    assert busy_warung.objections.count() == 1
    assert not visitor.complaints, "\n".join(visitor.complaints)
