"""
Five detectors of trouble at a shop. Each looks at its windows and finds something, or finds nothing,
or cannot tell; cannot tell is not nothing.

    REVENUE_DROP      mean daily revenue of the last 10 days below that of the 20 before, by per cent
    TRANSACTION_DROP  the same for the number of sales
    REFUND_SPIKE      refunds made per sale of the last 15 days above those of the 15 before, by points
    SETTLEMENT_DELAY  mean time from payment to settlement in the last 30 days, waiting ones at their age
    SCORE_DROP        the latest score below the highest of the last 30 days, by points

A shop that sold Rp 2,000,000 a day and then Rp 1,100,000 fell by 45 %: a drop of medium severity,
unless its days swing so much that ten such days may be chance. So the first three must also exceed
`min_sigma` standard errors of the difference. Scanned each day for a month, two of three shops with
four sales a day and nothing wrong would be alarmed at a bare 30 %; one in eleven with 3 standard
errors. A shop that stopped selling is not chance.

A threshold is exceeded, never met: a drop of exactly 30 % is none. Tiers likewise.

    kind              critical above   medium above   otherwise low
    both drops        50 %             40 %
    REFUND_SPIKE      15 points        10 points
    SETTLEMENT_DELAY  7 days           5 days
    SCORE_DROP        30 points        20 points

The source calls a delay critical when any single sale took over 7 days. One late sale of thousands
is no emergency, and sums of days do not tell it: here the mean must exceed 7 days.

Arithmetic is exact (fractions of whole numbers), rounded once, halves up, to four decimals.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from alerts.domain.windows import (
    HALF_DAYS,
    PAST_DAYS,
    RECENT_DAYS,
    WINDOW_DAYS,
    Halves,
    Pair,
    Windows,
)

REVENUE_DROP = "REVENUE_DROP"
TRANSACTION_DROP = "TRANSACTION_DROP"
REFUND_SPIKE = "REFUND_SPIKE"
SETTLEMENT_DELAY = "SETTLEMENT_DELAY"
SCORE_DROP = "SCORE_DROP"

CRITICAL, MEDIUM, LOW = "CRITICAL", "MEDIUM", "LOW"
# What must be exceeded for critical and for medium.
TIERS = {
    REVENUE_DROP: (50, 40),
    TRANSACTION_DROP: (50, 40),
    REFUND_SPIKE: (15, 10),
    SETTLEMENT_DELAY: (7, 5),
    SCORE_DROP: (30, 20),
}

MIN_OBSERVED_DAYS = WINDOW_DAYS
MIN_SALES_FOR_REFUNDS = 50
MIN_SALES_FOR_SETTLEMENT = 10
SECONDS_PER_HOUR, HOURS_PER_DAY = 3600, 24
SEN_PER_RUPIAH = 100


class Verdict(Enum):
    """What a detector says when it finds nothing."""

    CLEAR = "clear"
    # Too few days, sales or scores to say anything.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Thresholds:
    """From where on a difference is trouble. `min_sigma` 0 takes every difference at its word."""

    revenue_drop_percent: Decimal
    transaction_drop_percent: Decimal
    refund_spike_points: Decimal
    settlement_delay_hours: Decimal
    score_drop_points: Decimal
    min_sigma: Decimal


@dataclass(frozen=True)
class Finding:
    """
    Trouble of one kind, with its figures in the unit of the kind.

    `threshold` is the figure that was crossed: the lowest mean that would still pass for the drops,
    the longest mean for settlement; for refunds and the score it is what was usual before.
    `deviation` is per cent for drops and settlement, points for refunds and the score. `facts` are
    plain values for wording and for people. What `may_be_chance` raises no warning; it does not
    close one either, or a shop would look healed because it sold too little to be sure.
    """

    kind: str
    severity: str
    current_value: Decimal
    threshold: Decimal
    deviation: Decimal
    facts: dict[str, Any]
    may_be_chance: bool = False


def judge(windows: Windows, thresholds: Thresholds) -> dict[str, Finding | Verdict]:
    """Ask every detector; return what each says, by kind."""
    return {kind: detect(windows, thresholds) for kind, detect in DETECTORS.items()}


def revenue_drop(windows: Windows, thresholds: Thresholds) -> Finding | Verdict:
    """Compare mean daily revenue; figures are rupiah a day."""
    limit = Fraction(thresholds.revenue_drop_percent)
    return _drop(REVENUE_DROP, windows, windows.revenue, limit, thresholds, unit=SEN_PER_RUPIAH)


def transaction_drop(windows: Windows, thresholds: Thresholds) -> Finding | Verdict:
    """Compare the mean number of sales a day."""
    limit = Fraction(thresholds.transaction_drop_percent)
    return _drop(TRANSACTION_DROP, windows, windows.sales, limit, thresholds, unit=1)


def _drop(
    kind: str,
    windows: Windows,
    pair: Pair,
    limit: Fraction,
    thresholds: Thresholds,
    *,
    unit: int,
) -> Finding | Verdict:
    if windows.observed_days < MIN_OBSERVED_DAYS or pair.past.total <= 0:
        return Verdict.UNKNOWN
    recent, past = pair.recent.mean, pair.past.mean
    percent = 100 * (past - recent) / past
    if percent <= limit:
        return Verdict.CLEAR
    variance = pair.recent.variance_of_mean + pair.past.variance_of_mean
    is_beyond_chance = windows.stopped_selling or _exceeds(
        past - recent, variance, thresholds.min_sigma
    )
    return Finding(
        kind=kind,
        severity=_severity(kind, percent),
        current_value=_rounded(recent / unit),
        threshold=_rounded(past * (100 - limit) / 100 / unit),
        deviation=_rounded(percent),
        facts={
            "recent_days": RECENT_DAYS,
            "past_days": PAST_DAYS,
            "past": str(_rounded(past / unit)),
            "stopped_selling": windows.stopped_selling,
        },
        may_be_chance=not is_beyond_chance,
    )


def refund_spike(windows: Windows, thresholds: Thresholds) -> Finding | Verdict:
    """Compare refunds made per sale; figures are per cent. Refunds that fell are good news."""
    halves = windows.refunds
    sales = halves.recent_sales + halves.past_sales
    if sales < MIN_SALES_FOR_REFUNDS or not (halves.recent_sales and halves.past_sales):
        return Verdict.UNKNOWN
    recent = Fraction(100 * halves.recent_refunds, halves.recent_sales)
    past = Fraction(100 * halves.past_refunds, halves.past_sales)
    points = recent - past
    if points <= Fraction(thresholds.refund_spike_points):
        return Verdict.CLEAR
    return Finding(
        kind=REFUND_SPIKE,
        severity=_severity(REFUND_SPIKE, points),
        current_value=_rounded(recent),
        threshold=_rounded(past),
        deviation=_rounded(points),
        facts={
            "recent_days": HALF_DAYS,
            "past_days": HALF_DAYS,
            "past": str(_rounded(past)),
            "recent_refunds": halves.recent_refunds,
            "recent_sales": halves.recent_sales,
            "past_refunds": halves.past_refunds,
            "past_sales": halves.past_sales,
        },
        may_be_chance=not _refunds_exceed_chance(halves, thresholds.min_sigma),
    )


def settlement_delay(windows: Windows, thresholds: Thresholds) -> Finding | Verdict:
    """Take the mean time until money arrives; figures are days."""
    settlement = windows.settlement
    sales = settlement.settled + settlement.waiting
    if sales < MIN_SALES_FOR_SETTLEMENT:
        return Verdict.UNKNOWN
    hours = Fraction(settlement.seconds, sales * SECONDS_PER_HOUR)
    limit = Fraction(thresholds.settlement_delay_hours)
    if hours <= limit:
        return Verdict.CLEAR
    days = hours / HOURS_PER_DAY
    return Finding(
        kind=SETTLEMENT_DELAY,
        severity=_severity(SETTLEMENT_DELAY, days),
        current_value=_rounded(days),
        threshold=_rounded(limit / HOURS_PER_DAY),
        deviation=_rounded(100 * (hours - limit) / limit),
        facts={
            "recent_days": WINDOW_DAYS,
            "settled": settlement.settled,
            "waiting": settlement.waiting,
        },
    )


def score_drop(windows: Windows, thresholds: Thresholds) -> Finding | Verdict:
    """Compare the latest score with the highest of the last 30 days; figures are points."""
    latest, highest = windows.latest_points, windows.highest_points
    if latest is None or highest is None:
        return Verdict.UNKNOWN
    drop = highest - latest
    if drop <= Fraction(thresholds.score_drop_points):
        return Verdict.CLEAR
    return Finding(
        kind=SCORE_DROP,
        severity=_severity(SCORE_DROP, drop),
        current_value=Decimal(latest),
        threshold=Decimal(highest),
        deviation=Decimal(drop),
        facts={"recent_days": WINDOW_DAYS, "past": str(highest)},
    )


DETECTORS: dict[str, Callable[[Windows, Thresholds], Finding | Verdict]] = {
    REVENUE_DROP: revenue_drop,
    TRANSACTION_DROP: transaction_drop,
    REFUND_SPIKE: refund_spike,
    SETTLEMENT_DELAY: settlement_delay,
    SCORE_DROP: score_drop,
}
KINDS = tuple(DETECTORS)


def _refunds_exceed_chance(halves: Halves, min_sigma: Decimal) -> bool:
    # One refund and one kept sale more in each half (Agresti and Caffo), so that one refund of one
    # sale proves nothing.
    recent, recent_variance = _share(halves.recent_refunds + 1, halves.recent_sales + 2)
    past, past_variance = _share(halves.past_refunds + 1, halves.past_sales + 2)
    if not min_sigma:
        return True
    return _exceeds(recent - past, recent_variance + past_variance, min_sigma)


def _share(part: int, whole: int) -> tuple[Fraction, Fraction]:
    # More refunds than sales are possible, those of earlier sales: no share is above one.
    share = min(Fraction(1), Fraction(part, whole))
    return share, share * (1 - share) / whole


def _exceeds(difference: Fraction, variance: Fraction, sigmas: Decimal) -> bool:
    """Tell whether a difference is more than so many times the root of its variance."""
    return difference > 0 and difference * difference > Fraction(sigmas) ** 2 * variance


def _severity(kind: str, value: Fraction | int) -> str:
    critical, medium = TIERS[kind]
    return CRITICAL if value > critical else MEDIUM if value > medium else LOW


def _rounded(value: Fraction) -> Decimal:
    """
    Round to four decimals, halves up, whatever the size.

    >>> _rounded(Fraction(2, 3)), _rounded(Fraction(1, 20_000))
    (Decimal('0.6667'), Decimal('0.0001'))
    """
    return Decimal(f"{(20_000 * value + 1) // 2}E-4")
