"""
The policy: which components count, how much, and what a score allows. All of it is data.

A score row names its policy's version, and `POLICIES` keeps every version that ever scored
somebody, so that an old row can be recomputed under the rules of its day.

Source: product brief (weights, bands) and merchant score, policy v1 (curves, limits).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from scoring.domain import curves
from scoring.domain.curves import Curve

LOW, MEDIUM, HIGH = "LOW", "MEDIUM", "HIGH"


@dataclass(frozen=True)
class ComponentRule:
    """One component: the field of Measurements it reads, its curve, its weight in percent."""

    name: str
    measurement: str
    curve: Curve
    weight_percent: int


@dataclass(frozen=True)
class Policy:
    """One version of the rules. `bands` are (least points, band), best first."""

    version: str
    components: tuple[ComponentRule, ...]
    # What a component earns that cannot be measured: neither perfect nor terrible.
    neutral_points: int
    bands: tuple[tuple[int, str], ...]
    # Limit = average monthly revenue x multiplier of the band x spread.
    limit_multipliers: Mapping[str, Decimal]
    min_limit_spread: Decimal
    max_limit_spread: Decimal
    # Fewer observed days, or more components without a measurement, are insufficient data.
    least_observed_days: int
    most_unmeasured: int


V1 = Policy(
    version="v1",
    components=(
        ComponentRule("volume", "monthly_sales", curves.VOLUME, 25),
        ComponentRule("consistency", "cv_percent", curves.CONSISTENCY, 25),
        ComponentRule("growth", "growth_percent", curves.GROWTH, 20),
        ComponentRule("refund", "refund_percent", curves.REFUND, 10),
        ComponentRule("settlement", "settlement_days", curves.SETTLEMENT, 20),
    ),
    neutral_points=50,
    bands=((80, LOW), (60, MEDIUM), (0, HIGH)),
    limit_multipliers=MappingProxyType(
        {LOW: Decimal("1.5"), MEDIUM: Decimal("1.0"), HIGH: Decimal("0.5")}
    ),
    min_limit_spread=Decimal("0.8"),
    max_limit_spread=Decimal("1.2"),
    least_observed_days=30,
    most_unmeasured=2,
)

POLICIES: Mapping[str, Policy] = MappingProxyType({V1.version: V1})
CURRENT = V1


def band_for(points: int, *, policy: Policy = CURRENT) -> str:
    """
    Return the risk band of a score.

    >>> band_for(80), band_for(79), band_for(60), band_for(59)
    ('LOW', 'MEDIUM', 'MEDIUM', 'HIGH')
    """
    return next(band for least, band in policy.bands if points >= least)
