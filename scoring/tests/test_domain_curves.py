from decimal import Decimal

import pytest

from scoring.domain import curves
from scoring.domain.curves import points_on


@pytest.mark.parametrize(
    ("curve", "measurement", "points"),
    [
        (curves.VOLUME, "0", 0),
        (curves.VOLUME, "0.4999", 0),
        (curves.VOLUME, "0.5", 1),  # halves up
        (curves.VOLUME, "99.4999", 99),
        (curves.VOLUME, "100", 100),  # enough
        (curves.VOLUME, "4000000", 100),
        (curves.CONSISTENCY, "0", 100),
        (curves.CONSISTENCY, "0.5", 100),  # 99.5, halves up
        (curves.CONSISTENCY, "0.5001", 99),
        (curves.CONSISTENCY, "99.5001", 0),
        (curves.CONSISTENCY, "100", 0),
        (curves.CONSISTENCY, "141.4214", 0),  # one month of three had all of it
        (curves.GROWTH, "-100000", 0),
        (curves.GROWTH, "-20", 0),
        (curves.GROWTH, "-19.8", 1),  # 0.5, halves up
        (curves.GROWTH, "-0.0001", 50),
        (curves.GROWTH, "0", 50),
        (curves.GROWTH, "1", 53),  # 52.5, halves up
        (curves.GROWTH, "20", 100),
        (curves.GROWTH, "100000", 100),
        (curves.REFUND, "0", 100),
        (curves.REFUND, "1.0250", 80),  # 79.5, halves up
        (curves.REFUND, "2.5", 50),
        (curves.REFUND, "5", 0),
        (curves.REFUND, "100", 0),
        (curves.SETTLEMENT, "0", 100),
        (curves.SETTLEMENT, "1", 100),  # the last day with full points
        (curves.SETTLEMENT, "1.0001", 100),  # and no jump just after it
        (curves.SETTLEMENT, "2", 75),  # halfway down the first slope
        (curves.SETTLEMENT, "2.9999", 50),
        (curves.SETTLEMENT, "3", 50),
        (curves.SETTLEMENT, "3.0001", 50),  # no jump here either
        (curves.SETTLEMENT, "5", 25),
        (curves.SETTLEMENT, "7", 0),  # a week earns nothing
        (curves.SETTLEMENT, "100", 0),
    ],
)
def test_reads_whole_points(curve, measurement, points):
    assert points_on(curve, Decimal(measurement)) == points


@pytest.mark.parametrize(
    ("curve", "rises"),
    [
        (curves.VOLUME, True),
        (curves.CONSISTENCY, False),
        (curves.GROWTH, True),
        (curves.REFUND, False),
        (curves.SETTLEMENT, False),
    ],
)
def test_never_turns_and_never_jumps(curve, rises):
    steps = [points_on(curve, Decimal(step) / 100) for step in range(-3000, 12_000)]

    assert steps == sorted(steps, reverse=not rises)
    # A hundredth of the measurement moves the points by at most one.
    assert max(abs(b - a) for a, b in zip(steps, steps[1:], strict=False)) == 1
