"""The second tab: sales per day, week or month, how customers pay, and when. No customer is shown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from banking.selectors import Overview
from banking.selectors.sales import Pattern, PatternRow, sales_days, sales_pattern
from core.charts import written
from core.dates import business_day
from merchants.models import Merchant
from transactions.models import Transaction

Status = Transaction.Status
# How far back each choice looks, and how a day becomes the first of its period.
UNITS = {
    "hari": (_("Days"), 30, lambda day: day),
    "minggu": (_("Weeks"), 13 * 7, lambda day: day - timedelta(days=day.weekday())),
    "bulan": (_("Months"), 365, lambda day: day.replace(day=1)),
}
DEFAULT = "hari"
STATES = (
    (Status.SUCCESS, _("Paid, refunded ones included"), "paid"),
    (Status.PENDING, _("Waiting"), "pending"),
    (Status.FAILED, _("Failed or expired"), "failed"),
    (Status.REFUNDED, _("Refunded, in part or whole"), "refunded"),
)
WINDOW = 90
# One cell of the heat map.
CELL, GAP, LEFT, TOP = 22, 2, 34, 18


def context(request: HttpRequest, overview: Overview, *, now: datetime) -> dict:
    """Return the context of `transaksi.html`."""
    merchant, today = overview.merchant, business_day(now)
    wanted = request.GET.get("satuan", "")
    unit = wanted if wanted in UNITS else DEFAULT
    since = today - timedelta(days=max(UNITS[unit][1], WINDOW))
    days = sales_days(merchant, since=since)
    pattern = sales_pattern(merchant, now=now)
    return {
        "units": _units(merchant, unit),
        "unit": unit,
        "periods": _periods(days, unit, today=today),
        "states": _states([day for day in days if day.day >= today - timedelta(days=WINDOW)]),
        "methods": _methods(pattern.rows),
        "heat": heat_map(pattern),
        "pattern": pattern,
    }


def _units(merchant: Merchant, current: str) -> list[dict]:
    address = reverse("banking:merchant", args=[merchant.code])
    return [
        {
            "label": label,
            "url": f"{address}?tab=transaksi&satuan={key}",
            "is_current": key == current,
        }
        for key, (label, _span, _first) in UNITS.items()
    ]


@dataclass
class Period:
    """The sales of one day, week or month; `is_running` until it is over."""

    first: date
    is_running: bool
    revenue: Decimal = Decimal(0)
    paid: int = 0
    failed: int = 0
    pending: int = 0
    refunds: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal | None:
        """What a paid sale brought; None without one."""
        return self.revenue / self.paid if self.paid else None


def _periods(days: Sequence, unit: str, *, today: date) -> list[Period]:
    _label, span, first_of = UNITS[unit]
    found: dict[date, Period] = {}
    for ago in range(span + 1):
        first = first_of(today - timedelta(days=ago))
        found.setdefault(first, Period(first, is_running=first == first_of(today)))
    for day in days:
        if (period := found.get(first_of(day.day))) is None:
            continue
        period.revenue += day.revenue
        period.paid += day.paid_count
        period.failed += day.failed_count
        period.pending += day.pending_count
        period.refunds += day.refunds_made_amount
    return _whole(list(found.values()), today - timedelta(days=span))


def _whole(periods: list[Period], since: date) -> list[Period]:
    """Leave out an oldest period that began before the days that were read."""
    return periods[:-1] if periods and periods[-1].first < since else periods


def _states(days: Sequence) -> list[dict]:
    return [
        {
            "label": label,
            "status": status,
            "count": sum(getattr(day, f"{name}_count") for day in days),
            "amount": sum((getattr(day, f"{name}_amount") for day in days), Decimal(0)),
        }
        for status, label, name in STATES
    ]


def _methods(rows: Iterable[PatternRow]) -> list[dict]:
    counts: dict[str, Counter] = {}
    for row in rows:
        kind = "paid" if row.status in Transaction.PAID_STATUSES else row.status
        counts.setdefault(row.method, Counter())[kind] += row.count
    paid = sum(count["paid"] for count in counts.values())
    found = [
        {
            "label": Transaction.Method(method).label,
            "paid": count["paid"],
            "share": 100 * count["paid"] / paid if paid else None,
            "failed": count[Status.FAILED] + count[Status.EXPIRED],
        }
        for method, count in counts.items()
    ]
    return sorted(found, key=lambda method: -method["paid"])


# ── When customers pay ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Cell:
    x: int
    y: int
    opacity: str
    weekday: str
    hour: int
    count: int


@dataclass(frozen=True)
class HeatMap:
    """Paid sales by weekday and hour, the darkest cell the busiest hour."""

    cells: Sequence[Cell]
    hours: Sequence[tuple[int, int]]
    weekdays: Sequence[tuple[int, str]]
    by_hour: Sequence[tuple[int, Sequence[int]]]
    size: int
    width: int
    height: int


def heat_map(pattern: Pattern) -> HeatMap | None:
    """Draw when customers pay; None without a paid sale."""
    counts: Counter = Counter()
    for row in pattern.rows:
        if row.status in Transaction.PAID_STATUSES:
            counts[row.weekday, row.hour] += row.count
    if not counts:
        return None
    most = max(counts.values())
    names = [str(WEEKDAYS_ABBR[number]) for number in range(7)]
    return HeatMap(
        cells=[
            _cell(weekday, hour, counts[weekday, hour], most, names)
            for weekday in range(1, 8)
            for hour in range(24)
        ],
        hours=[(LEFT + hour * (CELL + GAP) + CELL // 2, hour) for hour in range(0, 24, 3)],
        weekdays=[(TOP + place * (CELL + GAP) + 15, name) for place, name in enumerate(names)],
        by_hour=[(hour, [counts[day, hour] for day in range(1, 8)]) for hour in range(24)],
        size=CELL,
        width=LEFT + 24 * (CELL + GAP),
        height=TOP + 7 * (CELL + GAP),
    )


def _cell(weekday: int, hour: int, count: int, most: int, names: Sequence[str]) -> Cell:
    return Cell(
        x=LEFT + hour * (CELL + GAP),
        y=TOP + (weekday - 1) * (CELL + GAP),
        # Never quite nothing: an hour with one sale differs from one without.
        opacity=written(0.12 + 0.88 * count / most) if count else "0",
        weekday=names[weekday - 1],
        hour=hour,
        count=count,
    )
