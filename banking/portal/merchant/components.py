"""The five components of a score as an officer reads them: figure, points, formula and inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.charts import Sparkline, sparkline
from core.formats import angka, persen, rupiah
from scoring.domain.measurements import Measurements, measure
from scoring.domain.policy import POLICIES, ComponentRule
from scoring.domain.series import BLOCK_DAYS, Series
from scoring.models import CreditScore
from scoring.wording.numbers import days

# What is measured; the curve beside it says how many points that gives.
FORMULAS = {
    "volume": gettext_lazy("Paid sales of the last 90 days and today, per 30 observed days."),
    "consistency": gettext_lazy(
        "How much revenue differs between blocks of 30 complete days: standard deviation divided"
        " by the mean."
    ),
    "growth": gettext_lazy(
        "Revenue of the last 30 complete days against the 30 before, less one standard error of"
        " that difference, so that chance is not growth."
    ),
    "refund": gettext_lazy("Sales with any refund, of all paid sales of the window."),
    "settlement": gettext_lazy(
        "Mean days from payment to settlement; sales that still wait count their age, cash settles"
        " at once."
    ),
}


@dataclass(frozen=True)
class Component:
    """
    One row of the table. `contribution` and `lost` are points of the score, `median` that of the
    category (None where too few shops are known), `inputs` what the figure was worked out from.
    """

    key: str
    name: str
    weight: int
    figure: str
    points: int
    contribution: Decimal
    lost: Decimal
    median: float | None
    line: Sparkline
    formula: str
    curve: str
    inputs: Sequence[tuple[str, str]]


def components_of(
    score: CreditScore, *, medians: Mapping[str, float], past: Sequence
) -> list[Component]:
    """Return the components of a stored score, in the order of its policy."""
    series = Series.from_json(score.series)
    measured = measure(series)
    return [
        _component(score, rule, measured, series, medians, past)
        for rule in POLICIES[score.policy_version].components
    ]


def _component(score, rule: ComponentRule, measured, series, medians, past) -> Component:
    field = f"{rule.name}_points"
    points = getattr(score, field)
    return Component(
        key=rule.name,
        name=component_name(rule.name),
        weight=rule.weight_percent,
        figure=figure(rule.name, getattr(measured, rule.measurement)),
        points=points,
        contribution=Decimal(points * rule.weight_percent).scaleb(-2),
        lost=Decimal((100 - points) * rule.weight_percent).scaleb(-2),
        median=medians.get(rule.name),
        line=sparkline([getattr(day, field) for day in past]),
        formula=str(FORMULAS[rule.name]),
        curve=_curve(rule),
        inputs=_INPUTS[rule.name](measured, series),
    )


def component_name(name: str) -> str:
    """Name a component as people read it."""
    return str(CreditScore._meta.get_field(f"{name}_points").verbose_name).capitalize()


def figure(name: str, value: Decimal | None) -> str:
    """Write one measurement with its unit; what was not measured says so."""
    if value is None:
        return _("not measurable")
    return _UNITS[name](value)


_UNITS = {
    "volume": lambda value: _("%(number)s a month") % {"number": angka(value)},
    "consistency": persen,
    "growth": lambda value: f"+{persen(value)}" if value > 0 else persen(value),
    "refund": persen,
    "settlement": days,
}


def _curve(rule: ComponentRule) -> str:
    """Write the knots of a curve: `1 hari → 100, 3 hari → 50, 7 hari → 0`."""
    return " · ".join(
        f"{figure(rule.name, Decimal(x))} → {angka(points)}" for x, points in rule.curve
    )


def _volume(measured: Measurements, _series: Series) -> list[tuple[str, str]]:
    return [
        (_("Paid sales"), angka(measured.sales_count)),
        (_("Observed days"), angka(measured.observed_days)),
    ]


def _consistency(measured: Measurements, _series: Series) -> list[tuple[str, str]]:
    return [
        (_("Days %(first)s to %(last)s ago") % _block(number), rupiah(amount))
        for number, amount in enumerate(measured.block_revenues)
    ]


def _block(number: int) -> dict[str, int]:
    return {"first": number * BLOCK_DAYS + 1, "last": (number + 1) * BLOCK_DAYS}


def _growth(measured: Measurements, series: Series) -> list[tuple[str, str]]:
    raw = measured.raw_growth_percent
    return [
        *_consistency(measured, series)[:2],
        (_("Plain difference"), figure("growth", raw)),
        (_("Beyond chance"), figure("growth", measured.growth_percent)),
    ]


def _refund(_measured: Measurements, series: Series) -> list[tuple[str, str]]:
    return [
        (_("Sales with a refund"), angka(series.totals.refunded_count)),
        (_("Paid sales"), angka(series.totals.paid_count)),
    ]


def _settlement(_measured: Measurements, series: Series) -> list[tuple[str, str]]:
    return [
        (_("Settled sales"), angka(series.totals.settled_count)),
        (_("Sales still waiting"), angka(series.totals.waiting_count)),
    ]


_INPUTS: Mapping[str, Any] = {
    "volume": _volume,
    "consistency": _consistency,
    "growth": _growth,
    "refund": _refund,
    "settlement": _settlement,
}
