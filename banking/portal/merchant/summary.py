"""The first tab: the score, why it is what it is, and what follows from it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banking.portal.merchant.components import components_of
from banking.selectors import Overview
from banking.selectors.credit import category_medians, score_days
from banking.selectors.sales import sales_days
from core.charts import Series, bar_chart, gauge, line_chart
from core.dates import business_day
from scoring.domain.reasons import STRENGTH
from scoring.domain.scorecard import COMPLETE, INSUFFICIENT, PARTIAL
from scoring.domain.series import WINDOW_DAYS
from scoring.wording import reason_text

REASONS = 3
YEAR = 365
RANGES = (3, 6, 12)
CONFIDENCE = {
    COMPLETE: (gettext_lazy("High"), "ok", "●"),
    PARTIAL: (gettext_lazy("Medium"), "warn", "▲"),
    INSUFFICIENT: (gettext_lazy("Low"), "bad", "◆"),
}


def context(request: HttpRequest, overview: Overview, *, now: datetime) -> dict:
    """Return the context of `ringkasan.html`."""
    merchant, score, today = overview.merchant, overview.score, business_day(now)
    days = sales_days(merchant, since=_first_of_month(today, months_back=11))
    past = score_days(merchant, days=YEAR, now=now)
    months = _range(request)
    found = _trend(past, days, months=months, today=today) | _sales_charts(days, today=today)
    found |= {"ranges": RANGES, "months": months}
    if score is None:
        return found
    return found | {
        "gauge": gauge(score.points),
        "confidence": CONFIDENCE[score.data_quality],
        "observed_days": score.measurements["observed_days"],
        "window_days": WINDOW_DAYS,
        "components": components_of(
            score, medians=category_medians(merchant), past=past[-WINDOW_DAYS:]
        ),
        **_reasons(score),
    }


def _reasons(score) -> dict:
    strengths = [reason for reason in score.reasons if reason["kind"] == STRENGTH]
    lowering = [reason for reason in score.reasons if reason["kind"] != STRENGTH]
    return {
        "lowering": [
            {"text": reason_text(reason), "points": Decimal(reason["points_lost"])}
            for reason in lowering[:REASONS]
        ],
        "raising": [{"text": reason_text(reason)} for reason in strengths[:REASONS]],
    }


def _range(request: HttpRequest) -> int:
    wanted = request.GET.get("rentang", "")
    return int(wanted) if wanted in map(str, RANGES) else RANGES[-1]


def _trend(past, days, *, months: int, today: date) -> dict:
    first = _first_of_month(today, months_back=months - 1)
    revenue: dict[date, Decimal] = {}
    for day in days:
        if day.day >= first:
            month = day.day.replace(day=1)
            revenue[month] = revenue.get(month, Decimal(0)) + day.revenue
    chart = line_chart(
        [
            Series(
                _("Score"), [(day.as_of_day, day.points) for day in past if day.as_of_day >= first]
            ),
            Series(_("Revenue a month"), sorted(revenue.items()), unit="rupiah", own_scale=True),
        ]
    )
    return {"trend": chart}


def _sales_charts(days, *, today: date) -> dict:
    span = [today - timedelta(days=ago) for ago in range(WINDOW_DAYS, -1, -1)]
    found = {day.day: day for day in days}

    def column(name: str) -> list:
        return [getattr(found[day], name) if day in found else 0 for day in span]

    return {
        "daily_revenue": bar_chart(list(zip(span, column("revenue"), strict=True)), unit="rupiah"),
        "daily_sales": bar_chart(list(zip(span, column("paid_count"), strict=True))),
        "daily_refunds": bar_chart(
            list(zip(span, column("refunds_made_amount"), strict=True)), unit="rupiah"
        ),
    }


def _first_of_month(day: date, *, months_back: int) -> date:
    months = day.year * 12 + day.month - 1 - months_back
    return date(months // 12, months % 12 + 1, 1)
