"""
The score the plain and slow way, for comparison only: straight from the prose of the policy,
from raw sales, with fractions, sharing no code with `scoring.domain`.

A sale is a dictionary:

    occurred_at, paid_at   aware datetimes in UTC; paid_at None for one that was never paid
    amount_minor           sen
    method                 "QRIS", "CASH", or "IMPORT" (no settlement known)
    refunds                list of (instant, sen)
    settled_at             aware datetime or None
"""

from datetime import datetime, timedelta
from fractions import Fraction
from math import floor, isqrt
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")


def plain_score(sales: list[dict], *, now: datetime) -> dict | None:
    """Score `sales` as of `now`; None without a paid sale in the window."""
    today = now.astimezone(WIB).date()
    paid = [
        {**sale, "day": sale["occurred_at"].astimezone(WIB).date()}
        for sale in sales
        if sale["paid_at"] is not None and sale["paid_at"] <= now and sale["occurred_at"] <= now
    ]
    window = [sale for sale in paid if today - timedelta(days=90) <= sale["day"] <= today]
    if not window:
        return None
    first = min(sale["day"] for sale in paid)
    # Complete days since the first sale, that day included, today not: listed and counted.
    complete_days = [today - timedelta(days=n) for n in range(1, 91)]
    observed = len([day for day in complete_days if day >= first])

    measured = {
        "volume": _rounded(Fraction(len(window), max(observed, 30)) * 30),
        "consistency": _consistency(window, complete_days, observed, now),
        "growth": _growth(window, complete_days, observed, now),
        "refund": _rounded(
            Fraction(len([s for s in window if _refunds(s, now)]), len(window)) * 100
        ),
        "settlement": _settlement(window, now),
    }
    points = {
        "volume": _whole(min(Fraction(100), measured["volume"])),
        "consistency": 50,
        "growth": 50,
        "refund": _whole(max(Fraction(0), 100 - 20 * measured["refund"])),
        "settlement": 50,
    }
    if measured["consistency"] is not None:
        points["consistency"] = _whole(max(Fraction(0), 100 - measured["consistency"]))
    if measured["growth"] is not None:
        wanted = 50 + Fraction(5, 2) * measured["growth"]
        points["growth"] = _whole(min(max(wanted, Fraction(0)), Fraction(100)))
    if measured["settlement"] is not None:
        points["settlement"] = _whole(_settlement_points(measured["settlement"]))

    score = _whole(
        Fraction(25, 100) * points["volume"]
        + Fraction(25, 100) * points["consistency"]
        + Fraction(20, 100) * points["growth"]
        + Fraction(10, 100) * points["refund"]
        + Fraction(20, 100) * points["settlement"]
    )
    band = "LOW" if score >= 80 else "MEDIUM" if score >= 60 else "HIGH"
    revenue = sum(Fraction(_net(sale, now), 100) for sale in window)
    average = _rounded(revenue / max(observed, 30) * 30, places=2)
    middle = average * {"LOW": Fraction(3, 2), "MEDIUM": 1, "HIGH": Fraction(1, 2)}[band]
    unmeasured = [name for name in measured if measured[name] is None]
    return {
        "points": score,
        "risk_band": band,
        "components": points,
        "measured": measured,
        "unmeasured": unmeasured,
        "observed_days": observed,
        "avg_monthly_revenue": average,
        "min_limit": _rounded(middle * Fraction(8, 10), places=2),
        "max_limit": _rounded(middle * Fraction(12, 10), places=2),
        "data_quality": (
            "insufficient"
            if observed < 30 or len(unmeasured) > 2
            else "partial"
            if unmeasured
            else "complete"
        ),
    }


def _refunds(sale, now):
    return [minor for at, minor in sale["refunds"] if at <= now]


def _net(sale, now):
    return sale["amount_minor"] - sum(_refunds(sale, now))


def _revenue_on(window, day, now):
    return sum(_net(sale, now) for sale in window if sale["day"] == day)


def _consistency(window, complete_days, observed, now):
    blocks = []
    for start in (0, 30, 60):
        if start + 30 <= observed:
            days = complete_days[start : start + 30]
            # A block that refunds made negative brought nothing.
            blocks.append(max(0, sum(_revenue_on(window, day, now) for day in days)))
    if len(blocks) < 2:
        return None
    mean = Fraction(sum(blocks), len(blocks))
    if mean == 0:
        return Fraction(100)
    variance = sum((block - mean) ** 2 for block in blocks) / len(blocks)
    return _rounded(_root(variance) / mean * 100)


def _growth(window, complete_days, observed, now):
    if observed < 60:
        return None
    recent = [_revenue_on(window, day, now) for day in complete_days[:30]]
    earlier = [_revenue_on(window, day, now) for day in complete_days[30:60]]
    if sum(earlier) <= 0:
        return None
    # The standard error of a difference of sums of 30 days, each with its sample variance.
    error = _root(30 * _sample_variance(recent) + 30 * _sample_variance(earlier))
    difference = Fraction(sum(recent) - sum(earlier))
    if abs(difference) <= error:
        return Fraction(0)
    nearer = difference - error if difference > 0 else difference + error
    return _rounded(nearer / sum(earlier) * 100)


def _sample_variance(values):
    mean = Fraction(sum(values), len(values))
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _settlement(window, now):
    waits, settled = [], 0
    for sale in window:
        if sale["method"] == "CASH":
            waits.append(Fraction(0))
            settled += 1
        elif sale["method"] == "QRIS" and sale["settled_at"] and sale["settled_at"] <= now:
            waits.append(_days(sale["settled_at"] - sale["paid_at"]))
            settled += 1
        # Nothing is left to settle of a sale that was given back in full.
        elif sale["method"] == "QRIS" and _net(sale, now) > 0:
            waits.append(_days(now - sale["paid_at"]))
    return _rounded(sum(waits) / len(waits)) if settled else None


def _days(duration: timedelta) -> Fraction:
    return Fraction(duration // timedelta(seconds=1), 24 * 60 * 60)


def _settlement_points(days: Fraction) -> Fraction:
    if days <= 1:
        return Fraction(100)
    if days <= 3:
        return 100 - (days - 1) * 25
    if days <= 7:
        return 50 - (days - 3) * Fraction(50, 4)
    return Fraction(0)


def _root(value: Fraction) -> Fraction:
    """The square root to 40 decimals, exact where it is a fraction itself."""
    scale = 10**40
    return Fraction(
        isqrt(value.numerator * value.denominator * scale * scale), value.denominator * scale
    )


def _rounded(value: Fraction, *, places: int = 4) -> Fraction:
    """Halves away from zero."""
    size = floor(abs(value) * 10**places + Fraction(1, 2))
    return Fraction(size if value >= 0 else -size, 10**places)


def _whole(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
