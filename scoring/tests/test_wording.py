"""Every code has words, in both languages, with figures as each language writes them."""

import re
from decimal import Decimal

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import override

from conftest import NOON
from scoring.domain.measurements import measure
from scoring.domain.reasons import REASON_CODES
from scoring.domain.scorecard import score
from scoring.domain.timing import loan_timing
from scoring.models import CreditScore
from scoring.services.rows import new_row
from scoring.tests.shops import a_day, a_series, a_shop_with_months
from scoring.wording import (
    explanation_of,
    improvement_text,
    product_insights,
    reason_text,
    recommendation_of,
    timing_text,
)
from scoring.wording.numbers import days, number, percent, rupiah
from scoring.wording.reasons import SENTENCES
from transactions.selectors.products import ProductStatistic

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
CATALOGUE = settings.BASE_DIR / "locale" / "id" / "LC_MESSAGES" / "django.po"

SHOPS = {
    "steady": a_series(),
    "growing": a_shop_with_months(20_000_000_000, 10_000_000_000, 10_000_000_000),
    "growing a little": a_shop_with_months(10_500_000_000, 10_000_000_000, 10_000_000_000),
    "falling": a_shop_with_months(5_000_000_000, 10_000_000_000, 10_000_000_000),
    "young": a_series(age_days=10),
    "refunding": a_series(day=lambda n: a_day(n, refunded_count=1)),
    "all refunded": a_series(day=lambda n: a_day(n, revenue_minor=0, refunded_count=10)),
    "slow": a_series(day=lambda n: a_day(n, settlement_seconds=10 * 5 * 86_400)),
    "unsettled": a_series(day=lambda n: a_day(n, settled_count=0, settlement_seconds=0)),
    "small": a_series(day=lambda n: a_day(n, paid_count=1)),
    "back again": a_series(offsets=range(20)),
}


def reasons_of(shop: str):
    card = score(SHOPS[shop])
    return [reason.to_json() for reason in card.reasons]


def a_row(shop: str) -> CreditScore:
    series = SHOPS[shop]
    return new_row(merchant_id=1, series=series, card=score(series), as_of=NOON, now=NOON)


def test_every_reason_code_has_words_and_no_other_has():
    assert SENTENCES.keys() == REASON_CODES.keys()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("shop", SHOPS)
def test_every_reason_of_a_shop_can_be_worded(shop, language):
    with override(language):
        for reason in reasons_of(shop):
            text = reason_text(reason)
            assert "%(" not in text
            assert "None" not in text


def test_the_shops_of_these_tests_give_every_code():
    assert {reason["code"] for shop in SHOPS for reason in reasons_of(shop)} == REASON_CODES.keys()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("shop", SHOPS)
def test_every_score_is_explained_in_a_few_sentences(shop, language):
    row = a_row(shop)

    for text in (explanation_of(row, language), recommendation_of(row, language)):
        assert "%(" not in text
        assert 1 <= len(re.findall(r"[.!?:](?:\s|$)", text)) <= 8
    assert str(row.points) in explanation_of(row, language)


@pytest.mark.parametrize("shop", SHOPS)
def test_no_text_promises_a_decision(shop):
    row = a_row(shop)
    text = explanation_of(row, "en") + recommendation_of(row, "en")

    assert not re.search(r"approv|eligib|guarante|reject|limit|interest", text, re.IGNORECASE)


def test_improvements_name_where_from_and_where_to():
    improvements = [item.to_json() for item in score(SHOPS["slow"]).improvements]
    settlement = next(item for item in improvements if item["component"] == "settlement")

    with override("en"):
        assert improvement_text(settlement) == (
            "Settlement after 1 day instead of 5 days: up to 15 points."
        )


def test_an_unmeasured_component_has_no_figure_to_start_from():
    improvements = [item.to_json() for item in score(SHOPS["young"]).improvements]

    with override("en"):
        texts = [improvement_text(item) for item in improvements]
    assert "Two months of sales show how revenue grows: up to 10 points." in texts


def test_timing_names_the_week_and_its_dates():
    timing = loan_timing(SHOPS["steady"])

    with override("en"):
        text = timing_text(timing)
    assert text.startswith("In the last 90 days sales were best in week 1 of the month")
    assert "1 April 2026 to 7 April 2026" in text


def test_product_names_with_percent_signs_are_left_alone():
    odd = ProductStatistic("1", "Kopi 100%(s", "", Decimal(3), 1, Decimal(1000))

    with override("en"):
        insights = product_insights(measured=measure(SHOPS["steady"]), products=[odd, odd])
    assert "Kopi 100%(s" in insights.inventory_advice


def test_products_of_a_busy_shop_say_how_many_sales_were_counted():
    coffee = ProductStatistic("1", "Kopi", "", Decimal(3), 1, None)

    with override("en"):
        insights = product_insights(
            measured=measure(SHOPS["steady"]), products=[coffee], newest_sales=5_000
        )
    assert insights.trending == (("Kopi", "3 sold in your last 5,000 sales"),)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("id", ["1.234,6", "3,5%", "Rp\N{NO-BREAK SPACE}1.500.000", "-Rp\N{NO-BREAK SPACE}50"]),
        ("en", ["1,234.6", "3.5%", "Rp\N{NO-BREAK SPACE}1,500,000", "-Rp\N{NO-BREAK SPACE}50"]),
    ],
)
def test_figures_look_as_the_language_writes_them(language, written):
    with override(language):
        assert [
            number("1234.56"),
            percent("3.45"),
            rupiah("1499999.5"),
            rupiah(-50),
        ] == written


def test_one_day_is_one_day():
    with override("en"):
        assert [days(value) for value in ("1.0000", "1.04", "1.5", "0")] == [
            "1 day",
            "1 day",
            "1.5 days",
            "0 days",
        ]


def test_every_sentence_is_translated_with_the_same_placeholders():
    with CATALOGUE.open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file, locale="id")}
    with override("en"):
        sources = [str(sentence) for sentence in SENTENCES.values()]
    for source in sources:
        assert catalogue[source]
        assert set(PLACEHOLDER.findall(catalogue[source])) == set(PLACEHOLDER.findall(source))
