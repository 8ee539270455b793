"""What charts of lines and of bars have in common: events, and the table that says the same in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.charts.scales import Number

# Shapes of markers and dashes tell the lines apart without colour.
STYLES = 4


@dataclass(frozen=True)
class Event:
    day: date
    text: str


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


def by_month(labels: Sequence[object]) -> bool:
    """Tell whether every label is the first of a month: its name says enough then."""
    return all(isinstance(label, date) and label.day == 1 for label in labels)
