"""Where numbers stand: coordinates as texts, round numbers beside an axis, scales, paths of the pen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

Number = Decimal | float | int
# More numbers beside an axis crowd it on a phone.
MOST_TICKS = 4


def written(number: float) -> str:
    """
    Write a coordinate with at most two decimals.

    >>> written(12.0), written(0.126), written(-0.001)
    ('12', '0.13', '0')
    """
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def nice_ticks(low: Number, high: Number) -> list[Decimal]:
    """
    Return a few round numbers from zero or below `low` to `high` or above it, whole between whole ones.

    >>> [str(tick) for tick in nice_ticks(Decimal(-5), Decimal(5))]
    ['-5', '0', '5']
    >>> [str(tick) for tick in nice_ticks(0, 0)]
    ['0', '1']
    """
    low, high = min(Decimal(0), Decimal(str(low))), max(Decimal(0), Decimal(str(high)))
    if low == high:
        return [Decimal(0), Decimal(1)]
    are_whole = low % 1 == 0 == high % 1
    rows = (
        (step, range(floor(low / step), 1 - floor(-high / step)))
        for step in _nice_steps((high - low) / (MOST_TICKS - 1))
        if step % 1 == 0 or not are_whole
    )
    step, counts = next(row for row in rows if len(row[1]) <= MOST_TICKS)
    return [_plain(step * count) for count in counts]


def _nice_steps(rough: Decimal) -> Iterator[Decimal]:
    """Return round steps, from the first that is not below `rough`."""
    power = Decimal(10) ** floor(log10(rough))
    factors = (power * factor for factor in (1, 2, Decimal("2.5"), 5, 10, 20, 50))
    return (step for step in factors if step >= rough)


def _plain(number: Decimal) -> Decimal:
    return (
        number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
    )


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high` onto a line from `start` to `end`."""

    low: Decimal
    high: Decimal
    start: float
    end: float

    def at(self, value: Number) -> float:
        """Return where a number stands; in the middle when there is but one."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (Decimal(str(value)) - self.low) / (self.high - self.low)
        return self.start + float(share) * (self.end - self.start)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and the number, day or text that it stands for."""

    at: str
    value: object


def axis(values: Sequence[Number]) -> tuple[tuple[Tick, ...], Scale]:
    """Return the marks of an upright axis on which all the values stand, and its scale in percent."""
    ticks = nice_ticks(min(values, default=0), max(values, default=0))
    scale = Scale(ticks[0], ticks[-1], 100, 0)
    return tuple(Tick(written(scale.at(tick)), tick) for tick in ticks), scale


def path(points: Sequence[tuple[float, float] | None]) -> str:
    """Join points; a gap lifts the pen. A point alone becomes a dot by its round end."""
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{written(point[0])} {written(point[1])}")
        pen = "L"
    return "".join(parts)
