import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from alerts.models import EarlyWarning
from banking.models import LoanApplication, Objection
from core.models import AiOpinion, AiText, AuditEntry
from scoring.services.scores import recalculate
from scoring.tests.factories import daily_sales

WORDS = {"explanation": "Skor Anda baik.", "recommendation": "Catat setiap penjualan."}
TEXT = "Penjualan tunai bulan lalu belum dihitung."


@pytest.fixture
def scored(warung):
    """Sari's shop with three months of sales and a score."""
    now = timezone.now()
    daily_sales(warung, days=80, now=now)
    recalculate(merchant=warung, now=now)
    return warung


@pytest.fixture
def page(client, sari, warung):
    """Return a function that opens one of Sari's pages and returns its text."""
    client.force_login(sari)
    return lambda path, **query: client.get(path, query).content.decode().replace("\xa0", " ")


def an_application(merchant, bank, maker, **details):
    now = timezone.now()
    return LoanApplication.objects.create(
        bank=bank,
        merchant=merchant,
        tenor_months=12,
        yearly_rate_percent=12,
        method="ANNUITY",
        made_by=maker,
        made_at=now,
        updated_at=now,
        submitted_at=now,
        **({"amount": 5_000_000} | details),
    )


def a_warning(merchant, **details):
    now = timezone.now()
    return EarlyWarning.objects.create(
        merchant=merchant,
        detected_at=now,
        updated_at=now,
        worsened_at=now,
        **(
            {
                "kind": "REVENUE_DROP",
                "severity": "CRITICAL",
                "current_value": 1_200_000,
                "threshold": 30,
                "deviation": 43,
                "facts": {"recent_days": 10, "past": "2100000", "past_days": 20},
            }
            | details
        ),
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/m/skor/", "Belum ada skor"),
        ("/m/skor/bagaimana-jika/", "Belum ada skor"),
        ("/m/skor/wawasan/", "Belum ada skor"),
        ("/m/peringatan/", "Belum ada yang dapat dibandingkan"),
        ("/m/penawaran/", "Belum ada skor"),
        ("/m/pinjaman/", "Belum ada pengajuan pinjaman"),
        ("/m/persetujuan/", "Persetujuan berlaku"),
        ("/m/keberatan/", "Belum ada yang dapat diajukan keberatan"),
    ],
)
def test_a_new_shop_is_told_what_will_be_here(page, path, words):
    assert words in page(path)


def test_the_score_comes_with_reasons_words_and_their_source(page, scored):
    text = page("/m/skor/")

    for words in ("Yang paling berpengaruh", "Penjelasan skor Anda", "tanpa AI", "Cara menaikkan"):
        assert words in text


def test_what_sells_is_told_in_words_and_weeks(page, scored):
    text = page("/m/skor/wawasan/")

    for words in ("Kapan toko Anda paling laris", "Minggu-minggu dalam sebulan", "Produk Anda"):
        assert words in text


def test_a_text_of_the_ai_is_judged_by_its_reader(client, page, scored, sari, settings):
    settings.QWEN_API_KEY = "key"
    page("/m/skor/")
    text = AiText.objects.get(kind="credit")
    text.state, text.answer = "READY", json.dumps(WORDS)
    text.save()
    assert 'name="useful"' in page("/m/skor/")

    response = client.post("/m/skor/kata/penjelasan/", {"useful": "no"})

    assert response.headers["Location"] == "/m/skor/#penjelasan"
    opinion = AiOpinion.objects.get()
    assert (opinion.is_useful, opinion.person_code) == (False, str(sari.code))
    assert re.search('value="no" aria-pressed="true"', page("/m/skor/"))


def test_a_text_from_the_numbers_is_not_judged(client, page, scored):
    assert 'name="useful"' not in page("/m/skor/")

    client.post("/m/skor/kata/penjelasan/", {"useful": "yes"})

    assert not AiOpinion.objects.exists()


def test_the_page_of_the_score_asks_a_constant_number_of_questions(
    page, scored, django_assert_max_num_queries
):
    page("/m/skor/")

    with django_assert_max_num_queries(16):
        page("/m/skor/")


def test_calculating_again_tells_the_new_score(client, page, scored):
    response = client.post("/m/skor/hitung-ulang/", follow=True)

    assert "Sudah dihitung ulang: skor Anda" in response.content.decode()
    assert scored.credit_scores.count() == 2


def test_calculating_without_a_sale_is_refused_in_words(client, page):
    response = client.post("/m/skor/hitung-ulang/", follow=True)

    assert 'class="notice warning"' in response.content.decode()


def test_moving_a_slider_gives_the_score_of_the_policy(client, page, scored):
    client.get("/m/skor/")
    text = client.get(
        "/m/skor/bagaimana-jika/", {"refund": "10"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "Turun 10 poin dari sekarang" in text


@pytest.mark.parametrize("value", ["x", "NaN", "-5", "1e9", ""])
def test_what_no_slider_sends_changes_nothing(page, scored, value):
    assert "Ini skor Anda sekarang" in page("/m/skor/bagaimana-jika/", refund=value)


def test_a_warning_says_what_it_means_and_is_acknowledged(client, page, warung):
    warning = a_warning(warung)
    text = page("/m/peringatan/")
    assert "Rp 1.200.000" in text
    assert "Artinya" in text

    client.post(f"/m/peringatan/{warning.code}/tahu/")

    assert "Anda sudah tahu sejak" in page("/m/peringatan/")


def test_the_warning_of_another_shop_does_not_exist(client, page, kios):
    warning = a_warning(kios)

    assert client.post(f"/m/peringatan/{warning.code}/tahu/").status_code == 404


def test_offers_promise_nothing(page, scored):
    text = page("/m/penawaran/")

    assert "Bukan janji pinjaman" in text
    assert text.count("Total bayar") == 3


def test_a_refusal_is_told_with_its_reasons_and_the_right_to_object(page, warung, bank, budi):
    loan = an_application(
        warung,
        bank,
        budi,
        status="REJECTED",
        decided_at=timezone.now(),
        decision_reasons=["LOW_SCORE"],
        decision_notes="Catatan dalam",
    )

    text = page(f"/m/pinjaman/{loan.code}/")
    assert "Ajukan keberatan" in text
    assert "LOW_SCORE" not in text
    assert "Catatan dalam" not in text


def test_drafts_and_loans_of_others_do_not_exist(client, page, warung, kios, bank, budi):
    draft = an_application(warung, bank, budi, status="DRAFT", amount=7_770_000)
    other = an_application(kios, bank, budi, status="SUBMITTED")

    assert "7.770.000" not in page("/m/pinjaman/")
    for loan in (draft, other):
        assert client.get(f"/m/pinjaman/{loan.code}/").status_code == 404


def test_a_running_loan_shows_what_is_paid_and_what_is_due(page, warung, bank, budi):
    loan = an_application(
        warung,
        bank,
        budi,
        status="DISBURSED",
        decided_at=timezone.now(),
        approved_amount=5_000_000,
        disbursed_amount=5_000_000,
        disbursed_at=timezone.now(),
    )
    today = timezone.localdate()
    for number, paid in ((1, 500_000), (2, 0)):
        loan.installments.create(
            number=number,
            due_date=today + timedelta(days=30 * (number - 1)),
            principal=450_000,
            interest=50_000,
            paid_amount=paid,
            paid_on=today if paid else None,
        )

    text = page(f"/m/pinjaman/{loan.code}/")
    assert "50% dari Rp 1.000.000" in text
    assert "Akan datang" in text


def test_an_objection_is_sent_once_and_shown_with_its_due_day(client, page, scored):
    typed = {"code": uuid4(), "subject": "skor", "text": TEXT}

    assert client.post("/m/keberatan/", typed).status_code == 302
    assert client.post("/m/keberatan/", typed).status_code == 302

    assert Objection.objects.count() == 1
    assert TEXT in page("/m/keberatan/")


def test_a_refused_objection_keeps_what_was_typed(client, page, scored):
    typed = {"code": uuid4(), "subject": "skor", "text": "Terlalu pendek"}

    response = client.post("/m/keberatan/", typed)

    assert response.status_code == 400
    assert "Terlalu pendek" in response.content.decode()


def test_own_data_come_whole_and_on_record(client, page, scored, bank, budi):
    a_warning(scored)
    an_application(scored, bank, budi, status="SUBMITTED")
    client.post("/m/keberatan/", {"code": uuid4(), "subject": "skor", "text": TEXT})

    response = client.get("/m/data-saya.json")
    found = json.loads(b"".join(response.streaming_content))

    assert found["profile"]["company_name"] == "Warung Sari"
    chapters = ("consents", "scores", "warnings", "loanApplications", "objections")
    assert [len(found[name]) for name in chapters] == [1, 1, 1, 1, 1]
    assert AuditEntry.objects.filter(action="merchant.data_downloaded").exists()
