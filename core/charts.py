"""
Where the lines of a chart go: plain arithmetic, drawn by `templates/components/*.html`.

Coordinates are texts, so that no language writes them with a comma. Gaps are None.
Lines and bars are drawn in percent of their plot: the style sheet keeps room for the labels,
and their letters stay as large as any on the page however narrow it is.

>>> [str(tick) for tick in nice_ticks(Decimal(3), Decimal(187))]
['0', '100', '200']
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import cos, floor, log10, pi, sin

Number = Decimal | float | int
# Shapes of markers and dashes tell the lines apart without colour.
STYLES = 4
# More numbers beside an axis crowd it on a phone.
MOST_TICKS = 4
# Percent of the plot that a bar fills at most, and at least where there is something.
WIDEST, LOWEST = 10, 0.5


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


# ── A number between bands ─────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Band:
    """One part of a gauge, up to a number."""

    upto: Number
    tone: str


RISK_BANDS = (Band(60, "bad"), Band(80, "warn"), Band(100, "ok"))


@dataclass(frozen=True)
class Arc:
    path: str
    tone: str


@dataclass(frozen=True)
class Gauge:
    """A semicircle of bands with a needle; `tone` is that of the band the value lies in."""

    value: Number | None
    high: Number
    bands: tuple[Arc, ...]
    tone: str
    needle: str


def gauge(points: Number | None, bands: Sequence[Band] = RISK_BANDS) -> Gauge:
    """
    Draw `points` between zero and the last band; without points there is no needle.

    >>> gauge(50, [Band(100, "ok")]).needle
    'M100 100L100 34'
    """
    high = bands[-1].upto
    arcs, start = [], 0.0
    for band in bands:
        share = float(band.upto) / float(high)
        # A little air between bands.
        arcs.append(Arc(_arc(start, share - (0.006 if share < 1 else 0)), band.tone))
        start = share + 0.006
    if points is None:
        return Gauge(None, high, tuple(arcs), "", "")
    value = min(max(points, 0), high)
    tone = next((band.tone for band in bands if value < band.upto), bands[-1].tone)
    x, y = _on_arc(float(value) / float(high), radius=66)
    return Gauge(points, high, tuple(arcs), tone, f"M100 100L{x} {y}")


def _arc(start: float, end: float, *, radius: int = 84) -> str:
    (x1, y1), (x2, y2) = _on_arc(start, radius=radius), _on_arc(end, radius=radius)
    return f"M{x1} {y1}A{radius} {radius} 0 0 1 {x2} {y2}"


def _on_arc(share: float, *, radius: int) -> tuple[str, str]:
    angle = pi * (1 - share)
    return written(100 + radius * cos(angle)), written(100 - radius * sin(angle))


# ── A line the size of a word ──────────────────────────────────────────────────────────
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
    return Sparkline(width, height, _path(points), written(x), written(y), known[0], known[-1])


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Join points; a gap lifts the pen. A point alone becomes a dot by its round end."""
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{written(point[0])} {written(point[1])}")
        pen = "L"
    return "".join(parts)


# ── Lines over time ────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Series:
    """Figures of one name. `unit` names the filter that writes them; `own_scale` puts it on the right."""

    name: str
    points: Sequence[tuple[date, Number | None]]
    unit: str = "angka"
    own_scale: bool = False


@dataclass(frozen=True)
class Event:
    day: date
    text: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and the number, day or text that it stands for."""

    at: str
    value: object


@dataclass(frozen=True)
class Marker:
    x: str
    y: str
    label: object
    value: Number


@dataclass(frozen=True)
class Line:
    name: str
    unit: str
    # 1 to 4: colour, dash and marker of the style sheet.
    style: int
    path: str
    markers: tuple[Marker, ...]


@dataclass(frozen=True)
class Flag:
    """Something that happened, drawn from top to bottom."""

    x: str
    day: date
    text: str


@dataclass(frozen=True)
class Figure:
    """A number in the table of a chart, with the unit it is written in."""

    value: Number | None
    unit: str


@dataclass(frozen=True)
class Row:
    label: object
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class LineChart:
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    y_unit: str
    # Of the series with a scale of its own.
    right_ticks: tuple[Tick, ...]
    right_unit: str
    flags: tuple[Flag, ...]
    # Every day is the first of a month: its name says enough.
    by_month: bool
    names: tuple[str, ...]
    rows: tuple[Row, ...]


def line_chart(
    series: Sequence[Series],
    events: Sequence[Event] = (),
) -> LineChart | None:
    """Draw series over their common time; None when there is nothing to draw."""
    days = sorted({day for one in series for day, value in one.points})
    if not any(value is not None for one in series for _day, value in one.points):
        return None
    left = [one for one in series if not one.own_scale]
    right = [one for one in series if one.own_scale]
    across = Scale(_ordinal(days[0]), _ordinal(days[-1]), 0, 100)
    left_ticks, left_scale = _upwards(left or right)
    right_ticks, right_scale = _upwards(right or left)
    return LineChart(
        lines=tuple(
            _line(one, place, across, right_scale if one.own_scale else left_scale)
            for place, one in enumerate(series)
        ),
        x_ticks=_days_below(days, across),
        y_ticks=left_ticks,
        y_unit=(left or right)[0].unit,
        right_ticks=right_ticks if right else (),
        right_unit=right[0].unit if right else "",
        flags=tuple(
            Flag(written(across.at(_ordinal(event.day))), event.day, event.text)
            for event in events
            if days[0] <= event.day <= days[-1]
        ),
        by_month=_by_month(days),
        names=tuple(one.name for one in series),
        rows=_rows(series, days),
    )


def _by_month(labels: Sequence[object]) -> bool:
    return all(isinstance(label, date) and label.day == 1 for label in labels)


def _ordinal(day: date) -> Decimal:
    return Decimal(day.toordinal())


def _upwards(series: Sequence[Series]) -> tuple[tuple[Tick, ...], Scale]:
    known = [value for one in series for _day, value in one.points if value is not None]
    return _axis(known)


def _axis(values: Sequence[Number]) -> tuple[tuple[Tick, ...], Scale]:
    ticks = nice_ticks(min(values, default=0), max(values, default=0))
    scale = Scale(ticks[0], ticks[-1], 100, 0)
    return tuple(Tick(written(scale.at(tick)), tick) for tick in ticks), scale


def _line(series: Series, place: int, across: Scale, up: Scale) -> Line:
    points = [
        (day, value, None if value is None else (across.at(_ordinal(day)), up.at(value)))
        for day, value in sorted(series.points, key=lambda point: point[0])
    ]
    return Line(
        name=series.name,
        unit=series.unit,
        style=place % STYLES + 1,
        path=_path([point for _day, _value, point in points]),
        markers=tuple(
            Marker(written(point[0]), written(point[1]), day, value)
            for day, value, point in points
            if point
        ),
    )


def _days_below(days: Sequence[date], across: Scale, *, wanted: int = 6) -> tuple[Tick, ...]:
    """Mark at most `wanted` of the days, evenly and with the last among them."""
    step = max(1, -(-len(days) // wanted))
    shown = sorted(days[::-1][::step])
    return tuple(Tick(written(across.at(_ordinal(day))), day) for day in shown)


def _rows(series: Sequence[Series], days: Sequence[date]) -> tuple[Row, ...]:
    found = [dict(one.points) for one in series]
    return tuple(
        Row(
            day,
            tuple(
                Figure(values.get(day), one.unit) for one, values in zip(series, found, strict=True)
            ),
        )
        for day in days
    )


# ── Bars ───────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    label: object
    name: str
    value: Number
    style: int


@dataclass(frozen=True)
class BarChart:
    """Upright bars on a common zero, one or several parts on top of each other."""

    bars: tuple[Bar, ...]
    zero: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    y_unit: str
    flags: tuple[Flag, ...]
    by_month: bool
    names: tuple[str, ...]
    rows: tuple[Row, ...]


def bar_chart(
    bars: Sequence[tuple[object, Number | None]],
    name: str = "",
    unit: str = "angka",
) -> BarChart | None:
    """Draw one bar per (day or text, number); negative ones hang. None when nothing but zero is there."""
    labels = [label for label, _value in bars]
    return stacked(labels, [(name, [value for _label, value in bars])], unit)


def stacked(
    labels: Sequence[object],
    parts: Sequence[tuple[str, Sequence[Number | None]]],
    unit: str = "angka",
    events: Sequence[Event] = (),
) -> BarChart | None:
    """
    Draw one bar per label (a day or a text) of parts (name, numbers) on top of each other.

    An event stands at the bar that its day labels. None when nothing but zero is there.
    """
    columns = [[values[place] or 0 for _name, values in parts] for place in range(len(labels))]
    if not any(value for column in columns for value in column):
        return None
    tops = [sum(value for value in column if value > 0) for column in columns]
    depths = [sum(value for value in column if value < 0) for column in columns]
    y_ticks, up = _axis([*tops, *depths])
    room = 100 / len(labels)
    return BarChart(
        bars=tuple(
            bar
            for place, (label, column) in enumerate(zip(labels, columns, strict=True))
            for bar in _column(label, column, parts, place * room, room, up)
        ),
        zero=written(up.at(0)),
        x_ticks=_labels_below(labels, room),
        y_ticks=y_ticks,
        y_unit=unit,
        flags=tuple(
            Flag(written((labels.index(event.day) + 0.5) * room), event.day, event.text)
            for event in events
        ),
        by_month=_by_month(labels),
        names=tuple(name for name, _values in parts),
        rows=tuple(
            Row(label, tuple(Figure(values[place], unit) for _name, values in parts))
            for place, label in enumerate(labels)
        ),
    )


def _column(label, column, parts, left: float, room: float, up: Scale) -> list[Bar]:
    wide = min(room * 0.72, WIDEST)
    bars, over, under = [], Decimal(0), Decimal(0)
    for place, value in enumerate(column):
        number = Decimal(str(value))
        if not number:
            continue
        start = over if number > 0 else under
        top, bottom = sorted((up.at(start), up.at(start + number)))
        over, under = over + max(number, 0), under + min(number, 0)
        bars.append(
            Bar(
                x=written(left + (room - wide) / 2),
                y=written(top),
                width=written(wide),
                height=written(max(bottom - top, LOWEST)),
                label=label,
                name=parts[place][0],
                value=value,
                style=place % STYLES + 1,
            )
        )
    return bars


def _labels_below(labels, room: float, *, wanted: int = 8) -> tuple[Tick, ...]:
    step = max(1, -(-len(labels) // wanted))
    last = len(labels) - 1
    return tuple(
        Tick(written((place + 0.5) * room), label)
        for place, label in enumerate(labels)
        if (last - place) % step == 0
    )
