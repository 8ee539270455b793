"""A line the size of a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.charts.scales import Number, Scale, path, written


@dataclass(frozen=True)
class Sparkline:
    width: int
    height: int
    path: str
    # Where it ends, to be dotted; empty without a value.
    x: str
    y: str
    first: Number | None
    last: Number | None


def sparkline(values: Sequence[Number | None], width: int = 96, height: int = 24) -> Sparkline:
    """
    Draw values evenly apart, the smallest at the bottom.

    >>> sparkline([1, 3], 96, 24).path
    'M3 21L93 3'
    """
    known = [value for value in values if value is not None]
    if not known:
        return Sparkline(width, height, "", "", "", None, None)
    across = Scale(Decimal(0), Decimal(max(len(values) - 1, 0)), 3, width - 3)
    up = Scale(Decimal(str(min(known))), Decimal(str(max(known))), height - 3, 3)
    points = [
        None if value is None else (across.at(place), up.at(value))
        for place, value in enumerate(values)
    ]
    x, y = next(point for point in reversed(points) if point)
    return Sparkline(width, height, path(points), written(x), written(y), known[0], known[-1])
