"""
Curves that turn one measurement into points from 0 (worst) to 100 (best).

A curve is data: knots (measurement, points), straight lines between them, the end values held
beyond. A shop with 40 sales a month reads 40 from `VOLUME`; one whose money comes after two
days reads 75 from `SETTLEMENT`, halfway between its knots at one and three days.

Source: merchant score, policy v1.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from scoring.domain.arithmetic import as_points, exact

Knot = tuple[int, int]
Curve = Sequence[Knot]

# Sales per 30 observed days: a hundred is enough.
VOLUME: Curve = ((0, 0), (100, 100))

# Coefficient of variation of monthly revenue, %: 100 - CV.
CONSISTENCY: Curve = ((0, 100), (100, 0))

# Growth beyond chance, % a month: 50 + 2.5 x growth.
GROWTH: Curve = ((-20, 0), (20, 100))

# Refunded sales, %: 100 - 20 x rate, so that one in twenty earns nothing.
REFUND: Curve = ((0, 100), (5, 0))

# Days from payment to settlement: next day is best, a week or longer earns nothing.
SETTLEMENT: Curve = ((1, 100), (3, 50), (7, 0))


@exact
def interpolate(x: Decimal, knots: Curve) -> Decimal:
    """
    Read a piecewise-linear curve at `x`, holding the end values beyond it.

    `knots` are (x, points) pairs with x strictly increasing.

    >>> interpolate(Decimal("2"), SETTLEMENT)
    Decimal('75')
    >>> interpolate(Decimal("-100000"), GROWTH)
    Decimal('0')
    """
    if x <= knots[0][0]:
        return Decimal(knots[0][1])
    for (x0, y0), (x1, y1) in pairwise(knots):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return Decimal(knots[-1][1])


def points_on(curve: Curve, measurement: Decimal) -> int:
    """
    Return the whole points that `measurement` earns on `curve`, rounded half up.

    >>> points_on(REFUND, Decimal("1.2345"))
    75
    """
    return as_points(interpolate(measurement, curve))


def best_measurement(curve: Curve) -> int:
    """
    Return the measurement nearest to ordinary at which `curve` first gives full points.

    >>> best_measurement(VOLUME), best_measurement(GROWTH), best_measurement(SETTLEMENT)
    (100, 20, 1)
    """
    return next(x for x, points in curve if points == 100)
