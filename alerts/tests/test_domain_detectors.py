"""Each detector at its threshold, one below and one above, at the edge of each tier, and beyond."""

import statistics
from decimal import Decimal as D

import pytest

from alerts.domain import Halves, Settlement, Verdict, judge
from alerts.domain.detectors import refund_spike, revenue_drop, score_drop, settlement_delay
from alerts.domain.detectors import transaction_drop as sales_drop
from alerts.domain.windows import Sample
from alerts.tests.factories import DEFAULTS, some_windows, thresholds

HUNDREDS = [100] * 20
DAY = 86_400


def severity(verdict) -> str:
    if isinstance(verdict, Verdict):
        return verdict.value
    return "chance" if verdict.may_be_chance else verdict.severity


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        (71, "clear"),
        (70, "clear"),  # exactly 30 %
        (69, "LOW"),
        (60, "LOW"),  # exactly 40 %
        (59, "MEDIUM"),
        (50, "MEDIUM"),  # exactly 50 %
        (49, "CRITICAL"),
        (0, "CRITICAL"),
        (140, "clear"),
    ],
)
def test_a_drop_of_revenue(recent, expected):
    windows = some_windows(recent=[recent] * 10, past=HUNDREDS)

    assert severity(revenue_drop(windows, DEFAULTS)) == expected


@pytest.mark.parametrize(
    ("recent", "expected"),
    [(76, "clear"), (75, "clear"), (74, "LOW"), (60, "LOW"), (59, "MEDIUM"), (49, "CRITICAL")],
)
def test_a_drop_of_sales(recent, expected):
    windows = some_windows(recent=[recent] * 10, past=HUNDREDS)

    assert severity(sales_drop(windows, DEFAULTS)) == expected


def test_a_drop_tells_its_figures_per_day():
    found = revenue_drop(some_windows(recent=[55] * 10, past=HUNDREDS), DEFAULTS)

    assert (found.current_value, found.threshold, found.deviation) == (550_000, 700_000, 45)
    assert found.facts == {
        "recent_days": 10,
        "past_days": 20,
        "past": "1000000.0000",
        "stopped_selling": False,
    }


@pytest.mark.parametrize(
    ("observed_days", "expected"), [(29, "unknown"), (30, "CRITICAL"), (31, "CRITICAL")]
)
def test_a_shop_younger_than_the_windows_is_not_judged_by_its_days(observed_days, expected):
    windows = some_windows(recent=[10] * 10, past=HUNDREDS, observed_days=observed_days)

    assert severity(revenue_drop(windows, DEFAULTS)) == expected
    assert severity(sales_drop(windows, DEFAULTS)) == expected


def test_a_shop_that_sold_nothing_before_cannot_fall():
    windows = some_windows(recent=[0] * 10, past=[0] * 20)

    assert revenue_drop(windows, DEFAULTS) is Verdict.UNKNOWN
    assert sales_drop(windows, DEFAULTS) is Verdict.UNKNOWN


# Half as much on average, on days that swing: by chance, or not.
CALM, WILD = [40, 60] * 5, [0, 0, 0, 0, 500, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("recent", "sigma", "expected"),
    [
        (CALM, 3, "MEDIUM"),
        (WILD, 3, "chance"),
        (WILD, 1, "chance"),
        (WILD, "0.99", "MEDIUM"),
        (WILD, 0, "MEDIUM"),
    ],
)
def test_a_drop_must_be_beyond_chance(recent, sigma, expected):
    # Of WILD, the standard error of the difference is 50, and so is the difference.
    windows = some_windows(recent=recent, past=HUNDREDS)

    assert severity(revenue_drop(windows, thresholds(min_sigma=sigma))) == expected


def test_a_shop_that_stopped_selling_is_not_chance_however_wild_its_days():
    one_great_day_in_two = [0, 1000] + [0, 1] * 9
    windows = some_windows(recent=[0] * 10, past=one_great_day_in_two)

    found = revenue_drop(windows, DEFAULTS)

    assert (found.severity, found.current_value, found.deviation) == ("CRITICAL", 0, 100)
    assert found.facts["stopped_selling"] is True


def test_a_shop_that_rarely_sells_is_not_thought_closed():
    windows = some_windows(recent=[0] * 10, past=[1] + [0] * 19)

    assert severity(revenue_drop(windows, DEFAULTS)) == "chance"
    assert severity(revenue_drop(windows, thresholds(min_sigma=0))) == "CRITICAL"


def halves(recent: int, past: int, *, recent_sales: int = 1000, past_sales: int = 1000):
    return some_windows(refunds=Halves(recent, recent_sales, past, past_sales))


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        (69, "clear"),
        (70, "clear"),  # 2 % before: exactly 5 points more
        (71, "LOW"),
        (120, "LOW"),  # exactly 10 points
        (121, "MEDIUM"),
        (170, "MEDIUM"),  # exactly 15 points
        (171, "CRITICAL"),
    ],
)
def test_a_spike_of_refunds(recent, expected):
    assert severity(refund_spike(halves(recent, 20), DEFAULTS)) == expected


def test_refunds_that_fell_are_good_news():
    assert refund_spike(halves(20, 400), DEFAULTS) is Verdict.CLEAR


def test_a_spike_tells_its_figures_in_per_cent():
    found = refund_spike(halves(120, 20), DEFAULTS)

    assert (found.current_value, found.threshold, found.deviation) == (12, 2, 10)


@pytest.mark.parametrize(("sales", "expected"), [(24, "unknown"), (25, "CRITICAL")])
def test_refunds_are_judged_from_fifty_sales_on(sales, expected):
    windows = halves(20, 0, recent_sales=sales, past_sales=25)

    assert severity(refund_spike(windows, DEFAULTS)) == expected


@pytest.mark.parametrize(
    ("recent", "sales", "sigma", "expected"),
    [
        (3, 30, 3, "chance"),
        (3, 30, 0, "LOW"),
        (1, 1, 3, "chance"),  # one refund of one sale proves nothing
        (30, 300, 3, "LOW"),
    ],
)
def test_a_spike_must_be_beyond_chance(recent, sales, sigma, expected):
    windows = halves(recent, 0, recent_sales=sales, past_sales=300)

    assert severity(refund_spike(windows, thresholds(min_sigma=sigma))) == expected


def test_more_refunds_than_sales_are_more_than_all():
    found = refund_spike(halves(60, 0, recent_sales=40, past_sales=40), DEFAULTS)

    assert (found.current_value, found.severity) == (150, "CRITICAL")


@pytest.mark.parametrize(
    ("recent_sales", "past_sales"), [(0, 60), (60, 0)], ids=["none lately", "none before"]
)
def test_half_a_window_without_sales_has_no_rate_of_refunds(recent_sales, past_sales):
    windows = halves(5, 5, recent_sales=recent_sales, past_sales=past_sales)

    assert refund_spike(windows, DEFAULTS) is Verdict.UNKNOWN


def settled(seconds: int, *, sales: int = 10, waiting: int = 0):
    return some_windows(settlement=Settlement(sales - waiting, waiting, seconds))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (3 * 10 * DAY - 1, "clear"),
        (3 * 10 * DAY, "clear"),
        (3 * 10 * DAY + 1, "LOW"),
        (5 * 10 * DAY, "LOW"),
        (5 * 10 * DAY + 1, "MEDIUM"),
        (7 * 10 * DAY, "MEDIUM"),
        (7 * 10 * DAY + 1, "CRITICAL"),
    ],
)
def test_a_delay_of_settlement(seconds, expected):
    assert severity(settlement_delay(settled(seconds), DEFAULTS)) == expected


@pytest.mark.parametrize(("sales", "expected"), [(9, "unknown"), (10, "CRITICAL")])
def test_settlement_is_judged_from_ten_sales_on_waiting_ones_included(sales, expected):
    windows = settled(sales * 9 * DAY, sales=sales, waiting=4)

    assert severity(settlement_delay(windows, DEFAULTS)) == expected


def test_a_delay_tells_its_figures_in_days():
    found = settlement_delay(settled(45 * DAY, waiting=3), DEFAULTS)

    assert (found.current_value, found.threshold, found.deviation) == (D("4.5"), 3, 50)
    assert found.facts == {"recent_days": 30, "settled": 7, "waiting": 3}


def test_a_deviation_of_more_than_a_thousand_per_cent_is_kept():
    found = settlement_delay(settled(400 * DAY), DEFAULTS)

    assert found.deviation == D("1233.3333")


def test_a_hundred_and_forty_thousand_sales_settled_after_ten_days():
    found = settlement_delay(settled(140_000 * 10 * DAY, sales=140_000), DEFAULTS)

    assert (found.severity, found.current_value) == ("CRITICAL", 10)


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (66, "clear"),
        (65, "clear"),  # exactly 15 points
        (64, "LOW"),
        (60, "LOW"),  # exactly 20
        (59, "MEDIUM"),
        (50, "MEDIUM"),  # exactly 30
        (49, "CRITICAL"),
        (0, "CRITICAL"),
    ],
)
def test_a_drop_of_the_score(latest, expected):
    windows = some_windows(highest_points=80, latest_points=latest)

    assert severity(score_drop(windows, DEFAULTS)) == expected


def test_a_drop_of_the_score_tells_its_figures_in_points():
    found = score_drop(some_windows(highest_points=80, latest_points=0), DEFAULTS)

    assert (found.current_value, found.threshold, found.deviation) == (0, 80, 80)


def test_without_a_score_nothing_can_be_told():
    windows = some_windows(highest_points=None, latest_points=None)

    assert score_drop(windows, DEFAULTS) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("name", "value", "kind", "windows"),
    [
        ("revenue_drop_percent", 60, "REVENUE_DROP", some_windows(recent=[5] * 10)),
        ("transaction_drop_percent", 60, "TRANSACTION_DROP", some_windows(recent=[5] * 10)),
        ("refund_spike_points", 12, "REFUND_SPIKE", halves(120, 20)),
        ("settlement_delay_hours", 96, "SETTLEMENT_DELAY", settled(35 * DAY)),
        ("score_drop_points", 40, "SCORE_DROP", some_windows(latest_points=45)),
    ],
)
def test_each_threshold_is_the_one_that_is_handed_in(name, value, kind, windows):
    assert severity(judge(windows, DEFAULTS)[kind]) != "clear"
    assert judge(windows, thresholds(**{name: value}))[kind] is Verdict.CLEAR


def test_a_sample_weighs_days_like_statistics_does():
    days = [3, 0, 0, 7, 2, 12, 5, 0, 1, 4]
    sample = Sample.of(days)

    assert float(sample.mean) == statistics.mean(days)
    assert float(sample.variance_of_mean) == pytest.approx(statistics.variance(days) / len(days))


def test_a_month_of_the_widest_totals_is_exact():
    most = 10**21
    windows = some_windows(recent=[most] * 10, past=[2 * most + 1] * 20, price_minor=1)

    found = revenue_drop(windows, DEFAULTS)

    assert found.current_value == D(most) / 100
    assert found.severity == "CRITICAL"
