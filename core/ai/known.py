"""
What the facts hold: figures with their units and the way they went, days, and names.

Units and ways are told by the facts' names. `…_percent` is a percentage and `…_rupiah` an amount. What
is negative, or `fallen_to_…`, fell; what is `risen_to_…`, or positive and by name a change (`growth_…`,
`change_…`, `…_against_…`, `deviation_…`), rose.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

PERCENT, RUPIAH, PLAIN = "percent", "rupiah", ""
FALL, LEVEL, RISE = -1, 0, 1

_FALLEN = re.compile(r"(?:^|_)fallen(?:_|$)")
_CHANGE = re.compile(r"(?:^|_)(?:growth|change|against|deviation|risen)(?:_|$)")
# A name of a fact is taken out of a text before its numbers are read ("Mie Instan 85 gr"); not one that
# could itself pass for a claim, whoever typed it.
_CLAIM_LIKE = re.compile(
    r"\d{5,}|\d[.,]\d{3}|[%‰:;=]|\b(?:rp|idr|rupiah|persen|percent|ribu|juta|miliar|thousand|million"
    r"|billion|skor|score|poin|points?|omzet|revenue|laba|profit|untung|rating|risiko|risk|naik|turun"
    r"|rose|fell|sebenarnya|sesungguhnya|real|actual|is|are|adalah|sales|penjualan|hari|days?)\b",
    re.I,
)


@dataclass(frozen=True)
class Figure:
    """A number of the facts, without its sign: that lies in its way."""

    value: Decimal
    unit: str = PLAIN
    way: int = LEVEL


@dataclass
class Known:
    """The facts' figures, their days, and their names that hold digits."""

    figures: list[Figure] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def known_of(facts: Mapping[str, Any]) -> Known:
    """Collect what facts hold. Texts are names, whatever they say; only numbers are figures."""
    known = Known()
    for name, value in _leaves("", facts):
        # Our own names tell of periods: `change_of_last_30_days_percent`.
        known.figures += [Figure(Decimal(digits)) for digits in re.findall(r"\d+", name)]
        match value:
            case bool() | None:
                continue
            case int() | float() | Decimal():
                known.figures.append(_figure(name, Decimal(str(value))))
            case date():
                known.days.append(value)
            # Our own days; a product called like one makes no day known.
            case str() if name != "name" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                known.days.append(date.fromisoformat(value))
            case str() if re.search(r"\d", value) and _is_name(value):
                known.names.add(value)
    return known


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(key, each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(name, each)
    else:
        yield name, value


def _figure(name: str, value: Decimal) -> Figure:
    return Figure(abs(value), _unit_of(name), _way_of(name, value))


def _unit_of(name: str) -> str:
    if name.endswith(PERCENT):
        return PERCENT
    return RUPIAH if name.endswith(RUPIAH) else PLAIN


def _way_of(name: str, value: Decimal) -> int:
    if value < 0 or _FALLEN.search(name):
        return FALL
    return RISE if value and _CHANGE.search(name) else LEVEL


def _is_name(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", text)) and not _CLAIM_LIKE.search(text)
