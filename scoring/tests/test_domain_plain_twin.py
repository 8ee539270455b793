"""The quick score against the plain and slow one, on shops that nobody thought of."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.domain.scorecard import score
from scoring.domain.series import Series
from scoring.tests.plain_score import plain_score
from scoring.tests.shops import series_from_sales

SECONDS_OF_95_DAYS = 95 * 86_400
FIRST_SECOND = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
NOWS = st.integers(FIRST_SECOND, FIRST_SECOND + 4 * 366 * 86_400).map(
    lambda seconds: datetime.fromtimestamp(seconds, tz=UTC)
)


@st.composite
def sales_before(draw, now: datetime) -> dict:
    # Some come just after `now`, or are paid, refunded or settled after it: not known yet.
    seconds_ago = draw(st.integers(min_value=-3_600, max_value=SECONDS_OF_95_DAYS))
    occurred_at = now - timedelta(seconds=seconds_ago)
    delays = st.integers(min_value=0, max_value=20 * 86_400)
    paid_at = occurred_at + timedelta(seconds=draw(st.sampled_from([0, 30, 90_000])))
    amount = draw(st.integers(min_value=1, max_value=10**15))
    refund = st.tuples(delays, st.integers(min_value=1, max_value=amount))
    settled_at = draw(st.none() | delays.map(lambda wait: paid_at + timedelta(seconds=wait)))
    return {
        "occurred_at": occurred_at,
        "paid_at": None if draw(st.integers(0, 9)) == 0 else paid_at,
        "amount_minor": amount,
        "method": draw(st.sampled_from(["QRIS", "QRIS", "CASH", "IMPORT"])),
        "refunds": [
            (paid_at + timedelta(seconds=delay), minor)
            for delay, minor in draw(st.lists(refund, max_size=1))
        ],
        "settled_at": settled_at,
    }


def assert_equal_scores(sales: list[dict], now: datetime) -> None:
    card = score(series_from_sales(sales, as_of=now))
    plain = plain_score(sales, now=now)
    if plain is None:
        assert card is None
        return
    figures = card.measurements
    assert {
        "volume": figures.monthly_sales,
        "consistency": figures.cv_percent,
        "growth": figures.growth_percent,
        "refund": figures.refund_percent,
        "settlement": figures.settlement_days,
    } == plain["measured"]
    assert card.component_points == plain["components"]
    assert (card.points, card.risk_band) == (plain["points"], plain["risk_band"])
    assert card.data_quality == plain["data_quality"]
    assert list(card.unmeasured) == plain["unmeasured"]
    assert figures.observed_days == plain["observed_days"]
    assert card.avg_monthly_revenue == plain["avg_monthly_revenue"]
    assert card.estimated_min_limit == plain["min_limit"]
    assert card.estimated_max_limit == plain["max_limit"]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), now=NOWS)
def test_few_odd_sales_score_alike(data, now):
    sales = data.draw(st.lists(sales_before(now), max_size=25))

    assert_equal_scores(sales, now)


def a_random_shop(rng: random.Random, now: datetime) -> list[dict]:
    """A shop with habits of its own: a pace, a trend, a refund rate, days to settle, an age."""
    age_days = rng.choice([0, 1, 20, 29, 30, 45, 59, 60, 75, 89, 90, 91, 120])
    pace, trend = rng.choice([0.2, 1, 3]), rng.choice([-0.02, 0, 0, 0.02])
    refund_rate, settle_days = rng.choice([0, 0.02, 0.3]), rng.choice([0, 1, 2.5, 5, 30])
    shop = []
    for days_ago in range(age_days + 1):
        for _ in range(round(pace * rng.random() * 2)):
            at = now - timedelta(days=days_ago, seconds=rng.randrange(40_000))
            amount = int(rng.randint(1_000, 50_000_000) * (1 + trend) ** -days_ago)
            settled = at + timedelta(seconds=int(settle_days * 86_400 * rng.random() * 2))
            refunds = [(at + timedelta(hours=30), rng.randint(1, amount))]
            shop.append(
                {
                    "occurred_at": at,
                    "paid_at": at,
                    "amount_minor": amount,
                    "method": rng.choice(["QRIS", "QRIS", "CASH"]),
                    "refunds": refunds if rng.random() < refund_rate else [],
                    "settled_at": settled if rng.random() < 0.9 else None,
                }
            )
    return shop


@pytest.mark.parametrize("seed", range(60))
def test_whole_shops_score_alike(seed):
    rng = random.Random(seed)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(365 * 86_400))

    assert_equal_scores(a_random_shop(rng, now), now)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), now=NOWS)
def test_a_stored_series_is_never_refused_and_scores_alike(data, now):
    sales = data.draw(st.lists(sales_before(now), max_size=15))
    series = series_from_sales(sales, as_of=now)

    again = Series.from_json(series.to_json())

    assert again == series
    assert score(again) == score(series)
