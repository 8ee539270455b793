"""Scores, timing and products in the AI's words: what it is told, what is shown, what is refused."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import AiText
from scoring import ai_texts
from scoring.selectors import latest_score, loan_timing_of, product_facts
from scoring.services.scores import recalculate
from scoring.tests.factories import a_sale, daily_sales

DAY = timedelta(days=1)
State = AiText.State
COFFEE = [{"id": "K1", "name": "Kopi Susu", "quantity": 3, "unitPrice": 10_000}]
PATHS = ("credit-detail", "loan-timing", "product-insights")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def steady(warung, now):
    """Sari's shop after 90 days with a sale each, scored, with products and personal data."""
    warung.phone, warung.address = "+6281234567890", "Jalan Kenanga 17, Bandung"
    warung.save()
    daily_sales(warung, now=now, items=COFFEE)
    a_sale(warung, at=now - DAY, items=[{"id": "T1", "name": "Teh", "quantity": 1}])
    recalculate(merchant=warung, now=now)
    return warung


def read(api, person, path, language="id"):
    return (
        api(person)
        .get(f"/api/merchant/{path}", headers={"accept-language": language})
        .json()["data"]
    )


def source_of(data) -> str:
    return data.get("source") or data["explanationSource"]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_the_first_reader_gets_a_template_and_later_ones_the_ais_words(
    api, sari, steady, qwen, path, language
):
    first = read(api, sari, path, language)
    texts = qwen.write()
    second = read(api, sari, path, language)

    assert [source_of(first), source_of(second)] == ["template", "qwen"]
    assert [(text.state, text.reason, text.language) for text in texts] == [
        (State.READY, "", language)
    ]
    assert set(first) == set(second)


def test_a_score_in_the_ais_words(api, sari, steady, qwen):
    read(api, sari, "credit-detail")
    qwen.write()

    data = read(api, sari, "credit-detail")

    assert data["explanation"].startswith(
        "Skor usaha ini 72 dari 100 dengan tingkat risiko Sedang."
    )
    assert "lebih banyak penjualan" in data["recommendation"]
    assert data["score"] == 72


def test_the_week_stays_ours_whatever_the_ai_says(api, sari, steady, qwen):
    before = read(api, sari, "loan-timing")
    qwen.write()
    after = read(api, sari, "loan-timing")

    computed = ("recommended_week", "confidence", "date_range")
    assert [before[name] for name in computed] == [after[name] for name in computed]
    assert "90 hari" in after["reasoning"]


def test_the_ai_is_told_of_as_many_days_as_there_are(warung, qwen, now):
    daily_sales(warung, days=41, now=now)

    ai_texts.timing_words(warung, loan_timing_of(warung, now=now))

    facts = json.loads(AiText.objects.get().prompt)["facts"]
    assert (facts["complete_days_observed"], facts["variation_is_of_last_days"]) == (41, 30)
    assert "rupiah" not in json.dumps(facts)


def test_recalculating_asks_before_anybody_reads(api, sari, steady, qwen):
    api(sari).post("/api/merchant/recalculate")
    qwen.write()

    assert source_of(read(api, sari, "credit-detail")) == "qwen"
    assert len(qwen.prompts) == 1


def test_equal_facts_are_asked_about_once_however_often_a_score_is_calculated(
    api, sari, steady, qwen
):
    for _ in range(3):
        api(sari).post("/api/merchant/recalculate")
        read(api, sari, "credit-detail")

    assert AiText.objects.count() == 1


def test_a_new_sale_of_today_asks_the_ai_nothing_new_about_products(api, sari, steady, qwen, now):
    read(api, sari, "product-insights")
    a_sale(steady, at=now, items=[{"id": "T1", "name": "Teh", "quantity": 9}])
    read(api, sari, "product-insights")

    assert AiText.objects.count() == 1
    assert read(api, sari, "product-insights")["source"] == "template"


def test_without_a_key_everything_is_a_template(api, sari, steady):
    assert [source_of(read(api, sari, path)) for path in PATHS] == ["template"] * 3
    assert not AiText.objects.exists()


@pytest.mark.parametrize("path", PATHS)
def test_a_hanging_ai_holds_nobody_up(api, sari, steady, qwen, path, django_assert_max_num_queries):
    qwen.behave("hang")
    caller = api(sari)
    caller.get(f"/api/merchant/{path}")

    with django_assert_max_num_queries(9):
        answer = caller.get(f"/api/merchant/{path}")

    assert (answer.status_code, source_of(answer.json()["data"])) == (200, "template")
    assert qwen.prompts == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", ["invented", "promises", "leads", "chinese"])
def test_what_the_ai_invents_is_in_no_answer(api, sari, steady, qwen, path, mode):
    qwen.behave(mode)
    read(api, sari, path)
    assert [text.state for text in qwen.write()] == [State.REJECTED]

    data = read(api, sari, path)

    assert source_of(data) == "template"
    assert not re.search(
        r"987|87,3|disetujui|example\.com|这", json.dumps(data, ensure_ascii=False)
    )


def test_prompts_hold_nothing_personal(api, sari, steady, qwen, now):
    sari.full_name = "Sari Wulandari"
    sari.save()
    name = "Kue pesanan 0812-9999-0000 NIK 3201021504880001 ani@contoh.example"
    a_sale(steady, at=now - DAY, items=[{"id": "P", "name": name, "quantity": 99}])
    for path in PATHS:
        for language in ("id", "en"):
            read(api, sari, path, language)
    qwen.write()

    said = json.dumps(qwen.prompts)

    assert len(qwen.prompts) == 6
    assert "Kue pesanan" in said
    personal = r"81234567890|Kenanga|Bandung|@|Wulandari|Sari|9999|32010215|" + steady.code
    assert not re.search(personal, said)


def test_a_cleaned_name_is_shown_as_it_was_typed(api, sari, warung, qwen, now):
    daily_sales(warung, days=3, now=now, items=[{"id": "P", "name": "Kue 0812 9999 0000"}])
    read(api, sari, "product-insights")
    qwen.write()

    data = read(api, sari, "product-insights")

    assert data["source"] == "qwen"
    assert data["top_trending_products"][0]["name"] == "Kue 0812 9999 0000"
    assert "0812" not in data["inventory_advice"]


def test_words_say_where_they_come_from(steady, qwen, now):
    score = latest_score(steady)
    first = ai_texts.credit_words(score, "en")
    qwen.write()
    second = ai_texts.credit_words(score, "en")

    assert (first.source, first.state, first.model) == ("template", State.WAITING, "")
    assert (second.source, second.state, second.model) == ("qwen", State.READY, "qwen-plus")
    assert first.code == second.code is not None


def test_a_shop_without_named_products_asks_nothing(warung, qwen, now):
    daily_sales(warung, days=5, now=now)

    words = ai_texts.product_words(warung, product_facts(warung, now=now), now=now)

    assert (words.source, AiText.objects.count()) == ("template", 0)
