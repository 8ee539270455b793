"""The score's endpoints as a client of the contract reads them."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from core.dates import business_day
from scoring.models import CreditScore
from scoring.services.scores import recalculate, score_as_of
from scoring.tests.factories import a_sale, daily_sales

DAY = timedelta(days=1)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def get(api, person, path, **query):
    return api(person).get(f"/api/merchant/{path}", query)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def steady(warung, now):
    """Sari's shop after 90 days with a sale of Rp 100,000 each, scored."""
    daily_sales(warung, now=now)
    recalculate(merchant=warung, now=now)
    return warung


PATHS = [
    "dashboard",
    "credit-detail",
    "score-history",
    "loan-timing",
    "product-insights",
    "what-if?growth=1",
]


@pytest.mark.parametrize("path", PATHS)
def test_nobody_else_than_merchants_is_let_in(api, budi, operator, path):
    assert [get(api, person, path).status_code for person in (None, budi, operator)] == [
        401,
        403,
        403,
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_merchant_without_a_shop_gets_404(api, sari, path):
    answer = get(api, sari, path)

    assert (answer.status_code, answer.json()["code"]) == (404, "merchant_not_found")


def test_the_dashboard_of_a_steady_shop(api, sari, steady, now):
    data = get(api, sari, "dashboard").json()["data"]

    history = data.pop("scoreHistory")
    assert data == {
        "merchantId": steady.code,
        "companyName": "Warung Sari",
        "currentCreditScore": 73,
        "riskBand": "Medium",
        "estimatedMinLimit": "2400000.00",
        "estimatedMaxLimit": "3600000.00",
        "monthlyTransactionVolume": 3_000_000.0,
        "monthlyGrowth": 0.0,
        "refundRate": 0.0,
        "totalTransactions": 30,
        "avgDailyTransaction": 1.0,
    }
    assert [point["score"] for point in history] == [73]
    assert INSTANT.fullmatch(history[0]["date"])


def test_the_dashboard_of_a_new_shop_invents_nothing(api, sari, warung):
    data = get(api, sari, "dashboard").json()["data"]

    assert data == {
        "merchantId": warung.code,
        "companyName": "Warung Sari",
        "currentCreditScore": 0,
        "riskBand": "N/A",
        "estimatedMinLimit": 0,
        "estimatedMaxLimit": 0,
        "monthlyTransactionVolume": 0,
        "monthlyGrowth": 0,
        "refundRate": 0,
        "totalTransactions": 0,
        "avgDailyTransaction": 0,
        "scoreHistory": [],
    }


def test_the_dashboard_counts_transactions_not_days(api, sari, warung, now):
    for _ in range(40):
        a_sale(warung, at=now - DAY)
    for _ in range(5):
        a_sale(warung, at=now - DAY, status="FAILED")

    data = get(api, sari, "dashboard").json()["data"]

    assert (data["totalTransactions"], data["avgDailyTransaction"]) == (45, 1.5)


def test_dashboard_and_credit_detail_show_one_refund_rate(api, sari, warung, now):
    daily_sales(warung, days=60, now=now)
    for _ in range(3):
        a_sale(warung, at=now - DAY, refunded=100_000)
    recalculate(merchant=warung, now=now)

    dashboard = get(api, sari, "dashboard").json()["data"]
    detail = get(api, sari, "credit-detail").json()["data"]

    assert dashboard["refundRate"] == float(detail["metrics"]["refundRatePercentage"]) == 4.76
    assert dashboard["monthlyGrowth"] == float(detail["metrics"]["growthPercentageMoM"])


def test_the_dashboard_takes_five_queries_however_long_the_history(
    api, sari, steady, now, django_assert_max_num_queries
):
    for ago in range(1, 6):
        score_as_of(merchant=steady, as_of=now - ago * DAY, now=now)
    caller = api(sari)

    with django_assert_max_num_queries(5):
        assert len(caller.get("/api/merchant/dashboard").json()["data"]["scoreHistory"]) == 6


def test_history_shows_the_last_score_of_each_business_day(api, sari, steady, now):
    for _ in range(2):
        score_as_of(merchant=steady, as_of=now - 5 * DAY, now=now)
    a_sale(steady, at=now - DAY)
    last = recalculate(merchant=steady, now=now + timedelta(microseconds=1))

    rows = get(api, sari, "score-history").json()["data"]["scoreHistory"]

    assert [row["score"] for row in rows][0] == last.points
    assert len(rows) == 2
    assert rows[0]["date"] > rows[1]["date"]


def test_history_can_be_cut_short(api, sari, steady, now):
    score_as_of(merchant=steady, as_of=now - 5 * DAY, now=now)

    assert len(get(api, sari, "score-history", days=2).json()["data"]["scoreHistory"]) == 1
    assert get(api, sari, "score-history", days=0).status_code == 400


def test_credit_detail_of_a_steady_shop(api, sari, steady):
    data = get(api, sari, "credit-detail").json()["data"]

    assert (data["score"], data["riskBand"]) == (73, "Medium")
    assert data["components"] == {
        "transactionVolume": {"score": 30, "weight": 0.25},
        "revenueConsistency": {"score": 100, "weight": 0.25},
        "growthTrend": {"score": 50, "weight": 0.2},
        "refundRate": {"score": 100, "weight": 0.1},
        "settlementTime": {"score": 100, "weight": 0.2},
    }
    assert data["metrics"] == {
        "avgMonthlyRevenue": "3000000.00",
        "revenueVolatility": "0.00",
        "growthPercentageMoM": "0.00",
        "refundRatePercentage": "0.00",
        "avgSettlementDays": "1.0",
        "transactionCount3m": 90,
    }
    assert data["dataQuality"] == "complete"
    assert (data["policyVersion"], data["explanationSource"]) == ("v1", "template")
    assert data["reasonCodes"][0] == "volume_low"
    assert {item["component"]: item["points"] for item in data["improvements"]} == {
        "transactionVolume": 17.5,
        "growthTrend": 10.0,
    }
    assert INSTANT.fullmatch(data["calculatedAt"])


def test_what_was_not_measured_keeps_its_type_and_is_named(api, sari, warung, now):
    a_sale(warung, at=now - DAY, settled_after=None, settlement_tracked=False)
    recalculate(merchant=warung, now=now)

    data = get(api, sari, "credit-detail").json()["data"]

    assert data["metrics"]["growthPercentageMoM"] is None
    assert data["metrics"]["revenueVolatility"] == "0.00"
    assert data["metrics"]["avgSettlementDays"] == "0.0"
    assert data["dataQuality"] == "insufficient"
    assert {
        "consistency_not_measurable",
        "growth_not_measurable",
        "settlement_not_measurable",
    } < set(data["reasonCodes"])


def test_credit_detail_without_a_score_is_a_friendly_404(api, sari, warung):
    answer = get(api, sari, "credit-detail")

    assert (answer.status_code, answer.json()["code"]) == (404, "score_not_available")


def test_the_texts_speak_the_callers_language(api, sari, steady):
    english = (
        api(sari)
        .get("/api/merchant/credit-detail", headers={"accept-language": "en"})
        .json()["data"]
    )

    assert english["explanation"].startswith("Your score is 73 of 100, risk band Medium.")
    assert english["recommendation"].startswith("What would raise the score most:")


def test_recalculating_adds_a_row_and_answers_it(api, sari, steady):
    answer = api(sari).post("/api/merchant/recalculate")

    assert answer.status_code == 200
    body = answer.json()
    assert body["message"]
    assert (body["data"]["creditScore"], body["data"]["riskBand"]) == (73, "Medium")
    assert INSTANT.fullmatch(body["data"]["calculatedAt"])
    assert CreditScore.objects.count() == 2


def test_recalculating_twice_under_one_key_adds_one_row(api, sari, steady):
    caller = api(sari)
    answers = [
        caller.post("/api/merchant/recalculate", headers={"idempotency-key": "k1"}).json()
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert CreditScore.objects.count() == 2


def test_recalculating_without_sales_is_404(api, sari, warung):
    answer = api(sari).post("/api/merchant/recalculate")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_sales_to_score")


def test_a_bank_cannot_recalculate(api, budi, steady):
    assert api(budi).post("/api/merchant/recalculate").status_code == 403


def test_what_if_nothing_changed_is_the_score_itself(api, sari, steady):
    data = get(api, sari, "what-if", settlementDays="1").json()["data"]

    assert (data["score"], data["currentScore"], data["difference"]) == (73, 73, 0)
    assert data["estimatedMaxLimit"] == "3600000.00"


def test_what_if_more_sales(api, sari, steady):
    data = get(api, sari, "what-if", monthlyTransactions=100, growth="4").json()["data"]

    # 100 x .25 + 100 x .25 + 60 x .20 + 100 x .10 + 100 x .20
    assert (data["score"], data["riskBand"], data["difference"]) == (92, "Low", 19)
    assert data["components"]["growthTrend"] == {"score": 60, "weight": 0.2}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"growth": "NaN"},
        {"growth": "abc"},
        {"growth": "1e9999"},
        {"refundRate": "101"},
        {"refundRate": "-1"},
        {"settlementDays": "400"},
        {"monthlyTransactions": "Infinity"},
    ],
)
def test_what_if_refuses_nonsense(api, sari, steady, query):
    answer = get(api, sari, "what-if", **query)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_what_if_without_a_score_is_404(api, sari, warung):
    assert get(api, sari, "what-if", growth=1).json()["code"] == "score_not_available"


def test_loan_timing_names_a_week_and_its_dates(api, sari, warung, now):
    for ago in range(1, 91):
        at = now - ago * DAY
        best = 8 <= business_day(at).day <= 14
        a_sale(warung, at=at, amount=500_000 if best else 300_000)

    data = get(api, sari, "loan-timing").json()["data"]

    assert data["recommended_week"] == 2
    assert data["confidence"] == 100
    assert re.fullmatch(r"\d{4}-\d\d-08 to \d{4}-\d\d-14", data["date_range"])
    assert data["source"] == "template"
    assert data["reasoning"]


def test_loan_timing_without_sales_says_so(api, sari, warung):
    data = get(api, sari, "loan-timing").json()["data"]

    assert (data["recommended_week"], data["confidence"]) == (None, 0)
    assert data["message"]


def test_one_shop_never_shows_anothers_figures(api, rini, kios, steady):
    assert get(api, rini, "dashboard").json()["data"]["totalTransactions"] == 0
    assert get(api, rini, "credit-detail").status_code == 404


def test_product_insights_name_what_sells(api, sari, warung, now):
    items = [{"id": "K1", "name": "Kopi", "quantity": 3, "unitPrice": 10_000}]
    a_sale(warung, at=now - DAY, items=items)
    a_sale(warung, at=now - DAY, items=[{"id": "T1", "name": "Teh", "quantity": 1}])

    data = get(api, sari, "product-insights").json()["data"]

    assert [product["name"] for product in data["top_trending_products"]] == ["Kopi", "Teh"]
    assert "3" in data["top_trending_products"][0]["reason"]
    assert "Kopi" in data["inventory_advice"]
    assert "75%" in data["inventory_advice"]
    assert data["source"] == "template"


def test_product_insights_of_a_new_shop_are_an_empty_list_and_words(api, sari, warung):
    data = get(api, sari, "product-insights").json()["data"]

    assert data["top_trending_products"] == []
    assert all(data[name] for name in ("performance_summary", "inventory_advice"))


def test_product_insights_follow_a_new_sale_though_they_are_kept(api, sari, warung, now):
    a_sale(warung, at=now - DAY, items=[{"id": "K1", "name": "Kopi"}])
    get(api, sari, "product-insights")
    a_sale(warung, at=now - DAY, items=[{"id": "T1", "name": "Teh", "quantity": 9}])

    data = get(api, sari, "product-insights").json()["data"]

    assert data["top_trending_products"][0]["name"] == "Teh"


def test_product_insights_answer_with_the_cache_away(api, sari, warung, now, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    a_sale(warung, at=now - DAY, items=[{"id": "K1", "name": "Kopi"}])

    assert get(api, sari, "product-insights").status_code == 200
