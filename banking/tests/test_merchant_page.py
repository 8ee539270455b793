from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from alerts.models import EarlyWarning
from alerts.wording import warning_text
from banking.models import LoanApplication
from banking.portal.merchant import ai
from banking.portal.merchant.components import components_of
from banking.selectors.credit import LEAST_PEERS, category_medians
from core.models import AuditEntry
from merchants.models import Consent, Merchant
from scoring.ai_texts import QWEN, CreditWords
from scoring.domain.what_if import Changes
from scoring.selectors import supposed_card
from scoring.services.scores import recalculate
from scoring.tests.factories import a_sale, daily_sales

TABS = ("ringkasan", "transaksi", "pinjaman", "peringatan", "riwayat")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shop(warung, now) -> Merchant:
    """Sari's shop with a sale a day for 70 days, and one given back."""
    daily_sales(warung, days=70, now=now)
    a_sale(warung, at=now - timedelta(days=3), amount=50_000, refunded=50_000)
    recalculate(merchant=warung, now=now)
    return warung


@pytest.fixture
def page(client, budi, shop):
    """Return a function that opens a part of the shop's page and returns its text."""
    client.force_login(budi)
    return lambda part="": client.get(f"/portal/merchant/{shop.code}/{part}").content.decode()


def _a_warning(merchant: Merchant, now, **details) -> EarlyWarning:
    facts = {"recent_days": 15, "past_days": 15, "past": "1.0"}
    usual = {"kind": "REFUND_SPIKE", "severity": "MEDIUM", "current_value": 9, "threshold": 5}
    usual |= {"deviation": 8, "facts": facts, "detected_at": now, "updated_at": now}
    return EarlyWarning.objects.create(merchant=merchant, worsened_at=now, **(usual | details))


def _an_application(merchant: Merchant, by, now, **details) -> LoanApplication:
    usual = {"amount": 5_000_000, "tenor_months": 12, "yearly_rate_percent": 12}
    usual |= {"method": "ANNUITY", "made_by": by, "made_at": now, "updated_at": now}
    return LoanApplication.objects.create(
        merchant=merchant, bank=by.organisation, **(usual | details)
    )


# ── The summary ────────────────────────────────────────────────────────────────────────


def test_the_summary_explains_the_score(page, shop):
    text, score = page(), shop.latest_score.score

    assert f'<strong class="gauge-value">{score.points}</strong>' in text
    for words in (
        "Warung Sari",
        "cakupan data 70 dari 90 hari",
        "Dihitung ulang tiap malam",
        "Volume transaksi",
        "Menurunkan skor",
        "Usulan plafon",
        "Bagaimana jika",
        "Simulasi, tidak disimpan",
    ):
        assert words in text, words
    # It is the shop's page, not a letter to its owner.
    assert "penjualan toko ini dikembalikan" in text


def test_the_points_of_the_components_add_up_to_the_score(shop):
    score = shop.latest_score.score

    components = components_of(score, medians={}, past=[])

    total = sum(component.contribution for component in components)
    assert int(total + Decimal("0.5")) == score.points
    assert total + sum(component.lost for component in components) == 100


def test_a_merchant_without_a_sale_has_a_page_without_a_score(client, budi, warung):
    client.force_login(budi)

    text = client.get(f"/portal/merchant/{warung.code}/").content.decode()

    assert "Belum ada skor" in text
    assert "Bagaimana jika" not in text


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_asks_the_same_questions_however_much_there_is(
    page, shop, budi, now, tab, django_assert_max_num_queries
):
    page(f"?tab={tab}")
    for number in range(4):
        _an_application(shop, budi, now)
        _a_warning(shop, now, status="RESOLVED", resolved_at=now - timedelta(days=number))
        recalculate(merchant=shop, now=now + timedelta(seconds=number + 1))
    _a_warning(shop, now)

    with django_assert_max_num_queries(24):
        text = page(f"?tab={tab}")
    assert len(text) < 200_000


def test_an_open_warning_is_worded_and_leads_to_its_page(page, shop, now):
    warning = _a_warning(shop, now)

    for part in ("", "?tab=peringatan"):
        text = page(part)
        assert f"/portal/peringatan/{warning.code}/" in text
        assert "▲" in text
        with override("id"):
            assert escape(warning_text(warning)) in text


def test_names_are_written_as_text(page, shop):
    Merchant.objects.filter(pk=shop.pk).update(company_name="<script>alert(1)</script>")

    for tab in TABS:
        text = page(f"?tab={tab}")
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_offers_lead_to_an_application_that_is_filled_in(page, shop):
    assert f"/portal/pengajuan/baru/?merchant={shop.code}&amp;plafon=" in page()


def test_the_median_of_a_category_needs_enough_shops(shop, now):
    assert category_medians(shop) == {}

    for number in range(LEAST_PEERS):
        peer = Merchant.objects.create(company_name=f"T{number}", category="Kuliner", joined_at=now)
        Consent.objects.create(merchant=peer, text_version="t", granted_at=now)
        a_sale(peer, at=now - timedelta(days=1))
        recalculate(merchant=peer, now=now)

    # One sale in less than a month is one point of volume.
    assert category_medians(peer)["volume"] == 1.0


# ── What if ────────────────────────────────────────────────────────────────────────────


def test_sliders_are_answered_by_the_scores_own_card(page, shop):
    text = page("bagaimana-jika/?refund=0&settlement=5&omzet=20&pertumbuhan=NaN&variasi=x")

    wanted = Changes(refund_percent=0, settlement_days=5, revenue_factor=Decimal("1.2"))
    card = supposed_card(shop.latest_score.score, wanted)
    assert f'id="supposed-points">{card.points}<' in text
    assert f"{card.estimated_max_limit:,.0f}".replace(",", ".") in text


@pytest.mark.parametrize("typed", ["9223372036854775808", "1e400", "-1", "9" * 5_000])
def test_a_slider_goes_no_further_than_a_figure_can(client, budi, warung, now, typed):
    a_sale(warung, at=now, amount=50_000, refunded=50_000)
    recalculate(merchant=warung, now=now)
    client.force_login(budi)

    page = client.get(f"/portal/merchant/{warung.code}/", {"refund": typed})

    assert page.status_code == 200


def test_sliders_at_rest_change_nothing(page, shop):
    assert f'id="supposed-points">{shop.latest_score.points}<' in page("bagaimana-jika/")


def test_without_a_script_the_page_itself_answers_the_sliders(page, shop):
    card = supposed_card(shop.latest_score.score, Changes(refund_percent=20))

    assert f'id="supposed-points">{card.points}<' in page("?tab=ringkasan&refund=20")


# ── The AI's words ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def says(monkeypatch):
    """Let the AI's text be in a state."""

    def words(**origin) -> None:
        found = CreditWords(explanation="Kata AI.", recommendation="Saran AI.", **origin)
        monkeypatch.setattr(ai, "credit_words", lambda score: found)

    return words


def test_a_text_being_written_is_asked_for_again_for_a_minute(page, says):
    says(state="WAITING")

    assert "/ai/?kali=0" in page()
    assert "/ai/?kali=6" in page("ai/?kali=5")
    assert "hx-get" not in page("ai/?kali=30")


def test_a_text_of_the_ai_says_that_it_is_one(page, says):
    says(source=QWEN, state="READY", model="qwen-plus", code="2d3b6dc8-3f8c-4a24-b4f2-4a7b3c1d2e3f")

    text = page()
    for words in ("Kata AI.", "Saran AI.", "Dibuat oleh AI; bukan keputusan", "qwen-plus"):
        assert words in text


def test_a_template_stands_in_and_speaks_of_the_shop(page):
    text = page()

    assert "Skor toko ini" in text
    assert "Skor Anda" not in text


# ── Sales, loans, history ──────────────────────────────────────────────────────────────


def test_sales_are_shown_by_day_week_and_month_without_customers(page, shop):
    shop.transactions.update(customer_ref="Ibu Tuti")

    for unit, words in (("hari", "masih berjalan"), ("minggu", "Minggu mulai"), ("bulan", "Bulan")):
        text = page(f"?tab=transaksi&satuan={unit}")
        assert words in text
        assert "Ibu Tuti" not in text
    assert "QRIS" in text


def test_only_the_own_banks_loans_are_shown(page, shop, budi, now):
    own = _an_application(shop, budi, now)
    other = _an_application(shop, budi, now)
    other_bank = type(budi.organisation).objects.create(code="BRI", name="BRI", kind="BANK")
    LoanApplication.objects.filter(pk=other.pk).update(bank=other_bank)

    for tab in ("pinjaman", "riwayat"):
        text = page(f"?tab={tab}")
        assert other.code not in text
    assert own.code in page("?tab=pinjaman")


def test_the_history_can_be_kept_to_one_kind(page):
    text = page("?tab=riwayat&jenis=persetujuan")

    assert "Persetujuan untuk bank mitra diberikan" in text
    assert "Skor 6" not in text
    assert "Data merchant dibaca" in page("?tab=riwayat&jenis=akses")


def test_nonsense_in_the_address_is_read_as_nothing(page):
    for part in (
        "?tab=x",
        "?rentang=99",
        "?tab=riwayat&jenis=x&setelah=2026-99-99T00:00",
        "ai/?kali=x",
    ):
        assert page(part)


# ── Who may see it ─────────────────────────────────────────────────────────────────────


def test_reading_the_page_goes_on_record(page, shop, budi):
    page()

    entry = AuditEntry.objects.get(action="merchant.personal_data_read")
    assert (entry.subject_code, entry.actor_code) == (shop.code, str(budi.code))


@pytest.mark.parametrize("part", ["", "bagaimana-jika/", "ai/", "memo/", "memo.pdf"])
def test_a_merchant_that_did_not_consent_is_unknown(client, budi, shop, now, part):
    client.force_login(budi)
    shop.consents.update(withdrawn_at=now)

    assert client.get(f"/portal/merchant/{shop.code}/{part}").status_code == 404


def test_after_consent_the_bank_keeps_its_own_applications_alone(client, budi, shop, now):
    application = _an_application(shop, budi, now)
    shop.consents.update(withdrawn_at=now)
    client.force_login(budi)

    text = client.get(f"/portal/merchant/{shop.code}/").content.decode()

    assert "Persetujuan dicabut" in text
    assert "pemrosesan dihentikan" in text
    assert application.code in text
    for words in ("Skor kredit", "Omzet", "Bandung"):
        assert words not in text


def test_a_merchants_owner_has_no_such_page(client, sari, shop):
    client.force_login(sari)

    assert client.get(f"/portal/merchant/{shop.code}/").status_code == 403
