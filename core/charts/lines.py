"""Lines over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.charts.parts import STYLES, Event, Figure, Flag, Row, by_month
from core.charts.scales import Number, Scale, Tick, axis, path, written


@dataclass(frozen=True)
class Series:
    """Figures of one name. `unit` names the filter that writes them; `own_scale` puts it on the right."""

    name: str
    points: Sequence[tuple[date, Number | None]]
    unit: str = "angka"
    own_scale: bool = False


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
        by_month=by_month(days),
        names=tuple(one.name for one in series),
        rows=_rows(series, days),
    )


def _ordinal(day: date) -> Decimal:
    return Decimal(day.toordinal())


def _upwards(series: Sequence[Series]) -> tuple[tuple[Tick, ...], Scale]:
    known = [value for one in series for _day, value in one.points if value is not None]
    return axis(known)


def _line(series: Series, place: int, across: Scale, up: Scale) -> Line:
    points = [
        (day, value, None if value is None else (across.at(_ordinal(day)), up.at(value)))
        for day, value in sorted(series.points, key=lambda point: point[0])
    ]
    return Line(
        name=series.name,
        unit=series.unit,
        style=place % STYLES + 1,
        path=path([point for _day, _value, point in points]),
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
