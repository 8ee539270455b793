"""
What would the score be if ...? The same card, with some measurements replaced.

A shop owner who brings refunds from 4 % down to 1 % asks for `Changes(refund_percent=1)` and
reads the answer from the same code that will score that month.
"""

from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from scoring.domain.arithmetic import RUPIAH, exact, rounded
from scoring.domain.measurements import Measurements
from scoring.domain.policy import CURRENT, Policy
from scoring.domain.scorecard import Scorecard, grade

Number = Decimal | int | float | str

# The least and greatest value that somebody may ask about.
RANGES = MappingProxyType(
    {
        "monthly_sales": (0, 100_000_000),
        "cv_percent": (0, 1_000),
        "growth_percent": (-100, 1_000_000),
        "refund_percent": (0, 100),
        "settlement_days": (0, 365),
        "revenue_factor": (0, 1_000),
    }
)


@dataclass(frozen=True)
class Changes:
    """
    The measurements to replace; None leaves one as it is.

    `revenue_factor` moves the average monthly revenue and with it the limits: 1.2 is a fifth
    more. The points do not depend on the amount of revenue.
    """

    monthly_sales: Number | None = None
    cv_percent: Number | None = None
    growth_percent: Number | None = None
    refund_percent: Number | None = None
    settlement_days: Number | None = None
    revenue_factor: Number | None = None


@exact
def what_if(measurements: Measurements, changes: Changes, *, policy: Policy = CURRENT) -> Scorecard:
    """
    Score `measurements` with some of them changed.

    Raises ValueError, naming the field, for a change that is no finite number or outside
    RANGES, and for a merchant without a sale in the window: there is no score to change.
    """
    wanted: dict[str, Any] = {**checked(changes)}
    factor = wanted.pop("revenue_factor", None)
    if factor is not None:
        wanted["avg_monthly_revenue"] = rounded(
            measurements.avg_monthly_revenue * factor, step=RUPIAH
        )
    if "growth_percent" in wanted:
        # The plain difference that was measured says nothing about the growth asked for.
        wanted["raw_growth_percent"] = None
    card = grade(replace(measurements, **wanted), policy=policy)
    if card is None:
        raise ValueError("no sale in the window, so there is no score to change")
    return card


def checked(changes: Changes) -> dict[str, Decimal]:
    """Return the changes that were given as decimals. Raises ValueError as `what_if` does."""
    given = {field.name: getattr(changes, field.name) for field in fields(changes)}
    return {name: _within_range(name, value) for name, value in given.items() if value is not None}


@exact
def _within_range(name: str, value: Number) -> Decimal:
    least, greatest = RANGES[name]
    number = _number(name, value)
    if not least <= number <= greatest:
        raise ValueError(f"{name} is outside {least} to {greatest}: {value}")
    # As many decimals as a measurement has; a factor keeps its own.
    return number if name == "revenue_factor" else rounded(number)


def _number(name: str, value: Number) -> Decimal:
    # By way of its text, a float means what it says (0.1), and True is no number.
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{name} is not a number: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"{name} is not finite: {value}")
    return number
