"""
The scorecard: five components become one score, a risk band and the limits it allows.

    score = sum of component points x weight, rounded half up

A shop with volume 100, consistency 92, growth 75, refund 80 and settlement 100 scores
25 + 23 + 15 + 8 + 20 = 91, Low risk. At 10 million a month its limit is estimated at 15 million,
shown as 12 to 18 million.

A component that cannot be measured is neutral (50) and is named; a shop without a sale in the
window has no score at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scoring.domain.arithmetic import RUPIAH, ZERO, exact, rounded
from scoring.domain.curves import points_on
from scoring.domain.measurements import Measurements, measure
from scoring.domain.policy import CURRENT, ComponentRule, Policy, band_for
from scoring.domain.reasons import Component, Improvement, Reason, improvements_of, reasons_for
from scoring.domain.series import Series

COMPLETE, PARTIAL, INSUFFICIENT = "complete", "partial", "insufficient"


@dataclass(frozen=True)
class Scorecard:
    """
    One judgement of a merchant, complete with what it was based on.

    `components` are in the order of the policy (volume, consistency, growth, refund,
    settlement). Limits are rupiah, estimates for a lender to start from.
    """

    policy_version: str
    points: int
    risk_band: str
    components: tuple[Component, ...]
    measurements: Measurements
    data_quality: str
    avg_monthly_revenue: Decimal
    estimated_min_limit: Decimal
    estimated_max_limit: Decimal
    reasons: tuple[Reason, ...]
    improvements: tuple[Improvement, ...]

    @property
    def component_points(self) -> dict[str, int]:
        """Map the name of each component to its points."""
        return {component.name: component.points for component in self.components}

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Name the components that could not be measured."""
        return unmeasured_of(self.components)


def score(series: Series, *, policy: Policy = CURRENT) -> Scorecard | None:
    """Score a merchant's series; None when the window holds no sale."""
    return grade(measure(series), policy=policy)


@exact
def grade(measurements: Measurements, *, policy: Policy = CURRENT) -> Scorecard | None:
    """
    Turn measurements into a scorecard; None when they hold no sale.

    Stored measurements give the stored points again.
    """
    if not measurements.sales_count:
        return None
    components = tuple(_component(measurements, rule, policy) for rule in policy.components)
    points = weighted_points(components)
    band = band_for(points, policy=policy)
    min_limit, max_limit = limits(
        avg_monthly_revenue=measurements.avg_monthly_revenue, risk_band=band, policy=policy
    )
    return Scorecard(
        policy_version=policy.version,
        points=points,
        risk_band=band,
        components=components,
        measurements=measurements,
        data_quality=data_quality(
            observed_days=measurements.observed_days, components=components, policy=policy
        ),
        avg_monthly_revenue=measurements.avg_monthly_revenue,
        estimated_min_limit=min_limit,
        estimated_max_limit=max_limit,
        reasons=reasons_for(components=components, measurements=measurements),
        improvements=improvements_of(components),
    )


def _component(measurements: Measurements, rule: ComponentRule, policy: Policy) -> Component:
    measurement = getattr(measurements, rule.measurement)
    points = policy.neutral_points if measurement is None else points_on(rule.curve, measurement)
    return Component(rule=rule, points=points, measurement=measurement)


def weighted_points(components: Sequence[Component]) -> int:
    """Add up points x weight, rounded half up to whole points."""
    # Weights are whole percents, so the sum is in whole hundredths of a point.
    return (sum(component.weighted for component in components) + 50) // 100


def unmeasured_of(components: Sequence[Component]) -> tuple[str, ...]:
    """Name the components that could not be measured."""
    return tuple(component.name for component in components if component.measurement is None)


def data_quality(
    *, observed_days: int, components: Sequence[Component], policy: Policy = CURRENT
) -> str:
    """
    Say how much of a score was measured.

    `insufficient` for fewer than 30 observed days or more than two components without a
    measurement, `partial` for one or two of these, `complete` otherwise.
    """
    unmeasured = len(unmeasured_of(components))
    if observed_days < policy.least_observed_days or unmeasured > policy.most_unmeasured:
        return INSUFFICIENT
    return PARTIAL if unmeasured else COMPLETE


@exact
def limits(
    *, avg_monthly_revenue: Decimal, risk_band: str, policy: Policy = CURRENT
) -> tuple[Decimal, Decimal]:
    """
    Estimate the least and the greatest credit limit in rupiah, rounded to the sen, halves up.

    Negative revenue (refunds beyond sales) allows nothing.

    >>> limits(avg_monthly_revenue=Decimal("10000000.00"), risk_band="LOW")
    (Decimal('12000000.00'), Decimal('18000000.00'))
    """
    middle = max(ZERO, avg_monthly_revenue) * policy.limit_multipliers[risk_band]
    return (
        rounded(middle * policy.min_limit_spread, step=RUPIAH),
        rounded(middle * policy.max_limit_spread, step=RUPIAH),
    )
