"""
Sliders of "what if": what somebody wonders about, and the score's own answer to it.

A page lays its rails; here each becomes a slider that stands where the shop was measured, or where
somebody moved it, and the moved ones make the supposed card. Refunds of 2.3 % stand at 2.5 on a rail
of half percents: left there, they change nothing and the score stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.money import round_half_up
from scoring.domain.measurements import Measurements, measure
from scoring.domain.scorecard import Scorecard
from scoring.domain.series import Series
from scoring.domain.what_if import RANGES, Changes
from scoring.models import CreditScore
from scoring.selectors import supposed_card

ZERO = Decimal(0)


@dataclass(frozen=True)
class Rail:
    """
    What one slider moves, how far, and how its figures are written.

    `name` is the word of the address, `change` the field of `Changes`, `unit` what the page's script
    writes while it moves; `otherwise` is where it stands for a shop that was not measured.
    """

    name: str
    label: str
    change: str
    low: Decimal
    high: Decimal
    step: Decimal
    unit: str
    words: Callable[[Decimal | None], str]
    otherwise: Decimal = ZERO


@dataclass(frozen=True)
class Slider:
    """A rail for one shop: where it begins, and where it was put if it was moved."""

    rail: Rail
    measured: Decimal | None
    start: Decimal
    low: Decimal
    high: Decimal
    moved_to: Decimal | None

    @property
    def is_moved(self) -> bool:
        return self.moved_to is not None

    @property
    def value(self) -> Decimal:
        return self.start if self.moved_to is None else self.moved_to

    @property
    def written(self) -> str:
        """Where it stands, in words."""
        return self.rail.words(self.value)

    @property
    def present(self) -> str:
        """What was measured, in words."""
        return self.rail.words(self.measured)

    @property
    def written_exactly(self) -> str:
        """What was measured until it is moved: the step beside it may be a little off."""
        return self.written if self.is_moved or self.measured is None else self.present


@dataclass(frozen=True)
class Supposition:
    """The sliders as they stand, and the card that they make."""

    score: CreditScore
    sliders: tuple[Slider, ...]
    revenue_percent: Decimal
    card: Scorecard

    @property
    def is_changed(self) -> bool:
        return bool(self.revenue_percent) or any(slider.is_moved for slider in self.sliders)

    @property
    def difference(self) -> int:
        return self.card.points - self.score.points


def suppose(
    score: CreditScore,
    typed: Mapping[str, str],
    *,
    rails: Sequence[Rail],
    revenue_percent: Decimal = ZERO,
) -> Supposition:
    """
    Answer what was typed with the score's own card. What no slider sends leaves it at rest.

    `revenue_percent` moves the average revenue, and with it the limits: 20 is a fifth more.
    """
    measured = measure(Series.from_json(score.series))
    sliders = tuple(place(rail, measured, typed.get(rail.name)) for rail in rails)
    changes = {each.rail.change: each.moved_to for each in sliders if each.is_moved}
    if revenue_percent:
        changes["revenue_factor"] = 1 + revenue_percent / 100
    return Supposition(
        score=score,
        sliders=sliders,
        revenue_percent=revenue_percent,
        card=supposed_card(score, Changes(**changes)),
    )


def place(rail: Rail, measured: Measurements, text: str | None) -> Slider:
    """Put one slider where the shop stands, or where somebody moved it."""
    present = getattr(measured, rail.change)
    start = _on_step(rail.otherwise if present is None else present, rail.step)
    low, high = _ends(rail, start)
    asked = read(text)
    is_moved = asked is not None and low <= asked <= high and asked != start
    return Slider(rail, present, start, low, high, asked if is_moved else None)


def _ends(rail: Rail, start: Decimal) -> tuple[Decimal, Decimal]:
    """Return the ends of a rail; one that the shop has outgrown reaches to twice its figure."""
    _, greatest = RANGES[rail.change]
    return min(rail.low, start), min(max(rail.high, 2 * start), Decimal(greatest))


def _on_step(value: Decimal, step: Decimal) -> Decimal:
    return round_half_up(value / step) * step


def read(text: str | None) -> Decimal | None:
    """Read a number that a form sends; None for anything else."""
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def within(value: Decimal | None, low: Decimal, high: Decimal) -> Decimal | None:
    """Return a number that was read, no less than `low` and no more than `high`."""
    return None if value is None else min(max(value, low), high)
