"""Sliders for "what if": what somebody wonders about, and the score's own answer to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES
from banking.portal.merchant.components import component_name, figure
from banking.selectors import merchant_score
from core.formats import persen
from scoring.domain.measurements import Measurements, measure
from scoring.domain.scorecard import Scorecard
from scoring.domain.series import Series
from scoring.domain.what_if import Changes
from scoring.models import CreditScore
from scoring.selectors import supposed_card

ONE = Decimal(1)


@dataclass(frozen=True)
class Rail:
    """One slider: the change it asks for, the component it moves, and how far it goes."""

    name: str
    label: str
    change: str
    component: str
    low: Decimal
    high: Decimal
    step: Decimal
    unit: str


REVENUE = "omzet"
RAILS = (
    Rail("penjualan", _("Sales a month"), "monthly_sales", "volume", Decimal(0), Decimal(200), ONE, ""),
    Rail("variasi", _("Difference between months"), "cv_percent", "consistency", Decimal(0), Decimal(100), ONE, "persen"),
    Rail("pertumbuhan", _("Growth beyond chance"), "growth_percent", "growth", Decimal(-50), Decimal(50), ONE, "persen"),
    Rail("refund", _("Refund rate"), "refund_percent", "refund", Decimal(0), Decimal(20), Decimal("0.5"), "persen"),
    Rail("settlement", _("Days to settlement"), "settlement_days", "settlement", Decimal(0), Decimal(14), Decimal("0.5"), "hari"),
)  # fmt: skip
REVENUE_LIMIT = Decimal(50)


@dataclass(frozen=True)
class Slider:
    """A rail with where it stands: `present` is the score's own figure, None when not measured."""

    rail: Rail
    value: Decimal
    start: Decimal
    present: str
    written: str
    low: Decimal
    high: Decimal

    @property
    def id(self) -> str:
        return f"what-if-{self.rail.name}"

    @property
    def is_moved(self) -> bool:
        return self.value != self.start


@dataclass(frozen=True)
class Supposition:
    """The sliders as they stand, and the card that they make."""

    sliders: tuple[Slider, ...]
    revenue_percent: Decimal
    revenue_written: str
    card: Scorecard
    score: CreditScore

    @property
    def is_changed(self) -> bool:
        return bool(self.revenue_percent) or any(slider.is_moved for slider in self.sliders)

    @property
    def components(self) -> list[dict]:
        """The points of each component, as they are and as they would be."""
        return [
            {
                "name": component_name(component.name),
                "now": getattr(self.score, f"{component.name}_points"),
                "then": component.points,
            }
            for component in self.card.components
        ]

    @property
    def difference(self) -> int:
        return self.card.points - self.score.points


@require_GET
@for_roles(*BANK_ROLES)
def merchant_what_if(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the sliders; nothing is kept."""
    score = merchant_score(request.user, code=code)
    context = {"score": score, "supposed": suppose(score, request.GET)}
    return render(request, "banking/merchant/_what_if_result.html", context)


def suppose(
    score: CreditScore,
    typed: Mapping[str, str],
    *,
    rails: Sequence[Rail] = RAILS,
    revenue_limit: Decimal = REVENUE_LIMIT,
) -> Supposition:
    """
    Answer what was typed with the score's own card. What cannot be read stays as it is.

    A slider at rest changes nothing: it stands at a rounded figure, the score at the exact one.
    """
    measured = measure(Series.from_json(score.series))
    sliders = tuple(slider(rail, measured, typed) for rail in rails)
    revenue = within(read(typed.get(REVENUE)), -revenue_limit, revenue_limit) or Decimal(0)
    changes = {each.rail.change: each.value for each in sliders if each.is_moved}
    if revenue:
        changes["revenue_factor"] = 1 + revenue / 100
    return Supposition(
        sliders=sliders,
        revenue_percent=revenue,
        revenue_written=signed_percent(revenue),
        card=supposed_card(score, Changes(**changes)),
        score=score,
    )


def slider(rail: Rail, measured: Measurements, typed: Mapping[str, str]) -> Slider:
    """Place one slider where the score stands, or where somebody moved it."""
    present = getattr(measured, rail.change)
    start = _on_step(present or Decimal(0), rail.step)
    low, high = min(rail.low, start), max(rail.high, 2 * start)
    value = within(read(typed.get(rail.name)), low, high)
    value = start if value is None else value
    return Slider(
        rail=rail,
        value=value,
        start=start,
        present=figure(rail.component, present),
        written=figure(rail.component, value),
        low=low,
        high=high,
    )


def read(text: str | None) -> Decimal | None:
    """Read what a slider sends; None for anything else."""
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def within(value: Decimal | None, low: Decimal, high: Decimal) -> Decimal | None:
    return None if value is None else min(max(value, low), high)


def signed_percent(value: Decimal) -> str:
    return f"+{persen(value)}" if value > 0 else persen(value)


def _on_step(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(ONE) * step
