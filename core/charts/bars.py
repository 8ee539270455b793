"""Upright bars, of one part or of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.charts.parts import STYLES, Event, Figure, Flag, Row, by_month
from core.charts.scales import Number, Scale, Tick, axis, written

# Percent of the plot that a bar fills at most, and at least where there is something.
WIDEST, LOWEST = 10, 0.5


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
    y_ticks, up = axis([*tops, *depths])
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
        by_month=by_month(labels),
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
