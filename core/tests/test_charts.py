"""The arithmetic of charts: nothing, one point, gaps, negatives, all the same."""

import doctest
from datetime import date
from decimal import Decimal

import pytest

from core import charts
from core.charts import Band, Event, Series, bar_chart, gauge, line_chart, sparkline, stacked

JANUARY = [date(2026, 1, day) for day in range(1, 11)]


def test_the_examples_hold():
    assert doctest.testmod(charts).failed == 0


@pytest.mark.parametrize(
    ("points", "tone"),
    [(0, "bad"), (59, "bad"), (60, "warn"), (80, "ok"), (100, "ok"), (120, "ok"), (-3, "bad")],
)
def test_a_gauge_points_into_the_band_of_its_value(points, tone):
    drawn = gauge(points)

    assert (drawn.value, drawn.tone, len(drawn.bands)) == (points, tone, 3)
    assert drawn.needle.startswith("M100 100L")


def test_a_gauge_without_points_has_no_needle():
    assert gauge(None).needle == ""
    assert len(gauge(None, [Band(10, "ok")]).bands) == 1


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([], ""),
        ([None, None], ""),
        ([7], "M48 12"),
        ([5, 5, 5], "M3 12L48 12L93 12"),
        ([1, None, 3], "M3 21M93 3"),
        ([Decimal("-2"), 2], "M3 21L93 3"),
    ],
)
def test_sparklines(values, path):
    assert sparkline(values).path == path


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 0, ["0", "1"]),
        (0, 100, ["0", "50", "100"]),
        # Nobody counts half a warning.
        (0, 1, ["0", "1"]),
        (0, 7, ["0", "5", "10"]),
        (0, Decimal("1.4"), ["0", "0.5", "1", "1.5"]),
        (40, 95, ["0", "50", "100"]),
        (-30, 10, ["-40", "-20", "0", "20"]),
        # Steps of 2 would make five numbers.
        (-1, 5, ["-5", "0", "5"]),
        (-1, 99, ["-50", "0", "50", "100"]),
        (0, 7_300_000, ["0", "2500000", "5000000", "7500000"]),
        (0, Decimal("0.004"), ["0", "0.002", "0.004"]),
    ],
)
def test_axes_have_round_numbers(low, high, ticks):
    assert [f"{tick:f}" for tick in charts.nice_ticks(low, high)] == ticks


@pytest.mark.parametrize("points", [[], [(JANUARY[0], None)]])
def test_without_figures_there_is_no_line_chart(points):
    assert line_chart([Series("Skor", points)]) is None


def test_a_line_of_one_point_is_a_marker_in_the_middle():
    drawn = line_chart([Series("Skor", [(JANUARY[0], 70)])])

    (marker,) = drawn.lines[0].markers
    assert (marker.x, marker.value, len(drawn.x_ticks)) == ("50", 70, 1)


def test_gaps_lift_the_pen():
    values = [70, 71, None, 73]
    drawn = line_chart([Series("Skor", list(zip(JANUARY, values, strict=False)))])

    assert drawn.lines[0].path.count("M") == 2
    assert len(drawn.lines[0].markers) == 3
    assert [row.figures[0].value for row in drawn.rows] == values


def test_a_series_may_have_a_scale_of_its_own():
    drawn = line_chart(
        [
            Series("Skor", [(day, 70) for day in JANUARY]),
            Series("Omzet", [(day, 9_000_000) for day in JANUARY], unit="rupiah", own_scale=True),
        ],
        [Event(JANUARY[4], "Peringatan"), Event(date(2025, 1, 1), "lama")],
    )

    assert [tick.value for tick in drawn.y_ticks][-1] == 75
    assert [tick.value for tick in drawn.right_ticks][-1] == 10_000_000
    assert (drawn.y_unit, drawn.right_unit) == ("angka", "rupiah")
    assert [line.style for line in drawn.lines] == [1, 2]
    assert [flag.text for flag in drawn.flags] == ["Peringatan"]


def test_days_that_one_series_lacks_are_gaps_in_the_table():
    drawn = line_chart([Series("A", [(JANUARY[0], 1)]), Series("B", [(JANUARY[1], 2)])])

    assert [[figure.value for figure in row.figures] for row in drawn.rows] == [
        [1, None],
        [None, 2],
    ]


def test_an_axis_of_months_is_known_by_its_days():
    months = [date(2026, month, 1) for month in (1, 2, 3)]

    assert line_chart([Series("A", [(day, 1) for day in months])]).by_month
    assert not bar_chart([(day, 1) for day in JANUARY]).by_month


@pytest.mark.parametrize("bars", [[], [(JANUARY[0], 0), (JANUARY[1], None)]])
def test_without_figures_there_is_no_bar_chart(bars):
    assert bar_chart(bars) is None


def test_bars_stand_on_zero_and_hang_below_it():
    up, down = bar_chart([("Jan", 10), ("Feb", -10)]).bars
    zero = float(bar_chart([("Jan", 10), ("Feb", -10)]).zero)

    assert float(up.y) + float(up.height) == pytest.approx(zero)
    assert float(down.y) == pytest.approx(zero)
    assert up.height == down.height


@pytest.mark.parametrize("count", [1, 5, 31, 90])
def test_bars_stay_within_their_plot_and_apart(count):
    bars = bar_chart([(f"Day {place}", place + 1) for place in range(count)]).bars

    edges = [
        edge for bar in bars for edge in (float(bar.x), round(float(bar.x) + float(bar.width), 2))
    ]
    assert edges == sorted(edges)
    assert edges[0] > 0
    assert edges[-1] < 100


def test_parts_stand_on_top_of_each_other():
    drawn = stacked(["Jan"], [("Kritis", [1]), ("Sedang", [3]), ("Rendah", [0])])

    lower, upper = drawn.bars
    assert float(upper.y) + float(upper.height) == pytest.approx(float(lower.y))
    assert (lower.style, upper.style) == (1, 2)
    assert drawn.names == ("Kritis", "Sedang", "Rendah")


def test_what_happened_stands_at_its_bar():
    drawn = stacked(JANUARY[:4], [("", [1, 1, 1, 1])], events=[Event(JANUARY[1], "Aturan")])

    assert [(flag.x, flag.day, flag.text) for flag in drawn.flags] == [
        ("37.5", JANUARY[1], "Aturan")
    ]


def test_many_labels_are_thinned_out_and_the_last_stays():
    drawn = bar_chart([(day, 1) for day in [*JANUARY, *(date(2026, 2, d) for d in range(1, 29))]])

    assert len(drawn.x_ticks) <= 8
    assert drawn.x_ticks[-1].value == date(2026, 2, 28)
