"""
Why a score is what it is, as codes with parameters; the words are found elsewhere.

Every component gives exactly one reason. What holds the score back comes first, most points lost
first; what could not be measured stands among it, with the points that its neutral 50 costs.
Strengths come last, strongest first. `improvements_of` turns the same points around: what each
component still has to win, and the measurement that would win it.

A shop with a refund rate of 3 % and everything else in order reads

    refund_high (loses 6.00 of 100 points, refund_percent 3.0000), then four strengths.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from scoring.domain.curves import best_measurement
from scoring.domain.measurements import Measurements
from scoring.domain.policy import ComponentRule
from scoring.domain.series import BLOCK_DAYS

RISK, UNMEASURED, STRENGTH = "risk", "unmeasured", "strength"

# From here on a component is a strength: the line where the whole score would be Low risk.
STRENGTH_POINTS = 80

# Every code there is, for whoever words them. Parameters beside `points`: those named in brackets.
REASON_CODES: Mapping[str, str] = MappingProxyType(
    {
        "volume_low": "Few sales a month [monthly_sales, target]",
        "volume_high": "Enough sales a month [monthly_sales, target]",
        "consistency_low": "Revenue differs much from month to month [cv_percent]",
        "consistency_no_revenue": "No month of the window brought any revenue after refunds [blocks]",
        "consistency_not_measurable": "Fewer than two months observed [observed_days, needed_days]",
        "consistency_high": "Revenue is steady from month to month [cv_percent]",
        "growth_negative": "Revenue falls by more than chance [growth_percent, raw_growth_percent]",
        "growth_flat": "No change beyond chance [growth_percent, raw_growth_percent]",
        "growth_modest": "Some growth beyond chance [growth_percent, raw_growth_percent, target]",
        "growth_not_measurable": "Fewer than two months observed [observed_days, needed_days]",
        "growth_no_earlier_revenue": "The earlier 30 days brought nothing to compare with []",
        "growth_strong": "Revenue grows well beyond chance [growth_percent, raw_growth_percent]",
        "refund_high": "Many sales are refunded [refund_percent]",
        "refund_low": "Few sales are refunded [refund_percent]",
        "settlement_slow": "Money arrives late after payment [settlement_days, target]",
        "settlement_not_measurable": "No settlement statement and no cash sale []",
        "settlement_fast": "Money arrives soon after payment [settlement_days]",
    }
)

Params = dict[str, Any]
Explained = tuple[str, Params]


@dataclass(frozen=True)
class Component:
    """Points 0-100 of one component, and the measurement they come from (None: neutral)."""

    rule: ComponentRule
    points: int
    measurement: Decimal | None

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def weight(self) -> Decimal:
        """The weight as a fraction, 0.25 for a quarter."""
        return _hundredths(self.rule.weight_percent)

    @cached_property
    def weighted(self) -> int:
        """Hundredths of a point that the component brings to the score."""
        return self.points * self.rule.weight_percent

    @property
    def lost(self) -> int:
        """Hundredths of a point that the component leaves on the table."""
        return 100 * self.rule.weight_percent - self.weighted


@dataclass(frozen=True)
class Reason:
    """One sentence to be worded: its code, its figures, and the points of the score it costs."""

    code: str
    kind: str
    component: str
    points_lost: Decimal
    params: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain values; decimals as text."""
        return {
            "code": self.code,
            "kind": self.kind,
            "component": self.component,
            "points_lost": str(self.points_lost),
            "params": {name: _plain(value) for name, value in self.params.items()},
        }


@dataclass(frozen=True)
class Improvement:
    """What a component still has to win, and at which measurement it would have won it."""

    component: str
    points_to_win: Decimal
    measurement: str
    current: Decimal | None
    target: Decimal

    def to_json(self) -> dict[str, Any]:
        """Return plain values; decimals as text."""
        return {
            "component": self.component,
            "points_to_win": str(self.points_to_win),
            "measurement": self.measurement,
            "current": _plain(self.current),
            "target": str(self.target),
        }


def reasons_for(
    *, components: Sequence[Component], measurements: Measurements
) -> tuple[Reason, ...]:
    """Explain each component once: what holds the score back first, then its strengths."""
    explained = [(component, _reason(component, measurements)) for component in components]
    # Sorting is stable: components that lose the same stay in the order of the policy.
    held_back = [pair for pair in explained if pair[1].kind != STRENGTH]
    held_back.sort(key=lambda pair: -pair[0].lost)
    strengths = [pair for pair in explained if pair[1].kind == STRENGTH]
    strengths.sort(key=lambda pair: -pair[0].weighted)
    return tuple(reason for _, reason in held_back + strengths)


def improvements_of(components: Sequence[Component]) -> tuple[Improvement, ...]:
    """List what is still to be won, most first. With the weighted points it adds up to 100."""
    winnable = sorted(
        (component for component in components if component.lost),
        key=lambda component: -component.lost,
    )
    return tuple(
        Improvement(
            component=component.name,
            points_to_win=_hundredths(component.lost),
            measurement=component.rule.measurement,
            current=component.measurement,
            target=Decimal(best_measurement(component.rule.curve)),
        )
        for component in winnable
    )


def _reason(component: Component, measurements: Measurements) -> Reason:
    code, params = EXPLANATIONS[component.name](component, measurements)
    return Reason(
        code=code,
        kind=_kind(component),
        component=component.name,
        points_lost=_hundredths(component.lost),
        params={"points": component.points, **params},
    )


def _kind(component: Component) -> str:
    if component.measurement is None:
        return UNMEASURED
    return STRENGTH if component.points >= STRENGTH_POINTS else RISK


def _volume(component: Component, measurements: Measurements) -> Explained:
    code = "volume_high" if component.points >= STRENGTH_POINTS else "volume_low"
    return code, {"monthly_sales": measurements.monthly_sales, "target": _target(component)}


def _consistency(component: Component, measurements: Measurements) -> Explained:
    if component.measurement is None:
        return "consistency_not_measurable", _too_young(measurements)
    if not component.points and all(block <= 0 for block in measurements.block_revenues):
        return "consistency_no_revenue", {"blocks": len(measurements.block_revenues)}
    code = "consistency_high" if component.points >= STRENGTH_POINTS else "consistency_low"
    return code, {"cv_percent": component.measurement}


def _growth(component: Component, measurements: Measurements) -> Explained:
    growth = component.measurement
    if growth is None:
        if measurements.observed_days < 2 * BLOCK_DAYS:
            return "growth_not_measurable", _too_young(measurements)
        return "growth_no_earlier_revenue", {}
    figures = {"growth_percent": growth, "raw_growth_percent": measurements.raw_growth_percent}
    if component.points >= STRENGTH_POINTS:
        return "growth_strong", figures
    if growth > 0:
        return "growth_modest", {**figures, "target": _target(component)}
    return "growth_negative" if growth else "growth_flat", figures


def _refund(component: Component, _: Measurements) -> Explained:
    code = "refund_low" if component.points >= STRENGTH_POINTS else "refund_high"
    return code, {"refund_percent": component.measurement}


def _settlement(component: Component, _: Measurements) -> Explained:
    if component.measurement is None:
        return "settlement_not_measurable", {}
    if component.points >= STRENGTH_POINTS:
        return "settlement_fast", {"settlement_days": component.measurement}
    return "settlement_slow", {
        "settlement_days": component.measurement,
        "target": _target(component),
    }


EXPLANATIONS: Mapping[str, Callable[[Component, Measurements], Explained]] = MappingProxyType(
    {
        "volume": _volume,
        "consistency": _consistency,
        "growth": _growth,
        "refund": _refund,
        "settlement": _settlement,
    }
)


def _too_young(measurements: Measurements) -> Params:
    return {"observed_days": measurements.observed_days, "needed_days": 2 * BLOCK_DAYS}


def _target(component: Component) -> int:
    return best_measurement(component.rule.curve)


def _hundredths(value: int) -> Decimal:
    """
    >>> _hundredths(1250)
    Decimal('12.50')
    """
    return Decimal(value).scaleb(-2)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
