"""
The windows that detectors look at, read by one statement for any number of merchants.

Live windows read the daily totals, whose size does not depend on the number of sales; historical
ones fold the sales with what was known then.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from alerts.domain.windows import (
    HALF_DAYS,
    PAST_DAYS,
    RECENT_DAYS,
    WINDOW_DAYS,
    Halves,
    Pair,
    Sample,
    Settlement,
    Windows,
)
from core.dates import business_day, start_of_day
from transactions.selectors.totals import totals_params, totals_sql

_WINDOWS = """
SELECT merchant.id, coalesce(%(today)s::date - ({first_sale_day}), 0), sums.*,
    score.highest, score.latest
FROM unnest(%(merchants)s::bigint[]) AS merchant(id)
LEFT JOIN (
    SELECT merchant_id,
        {samples},
        sum(refunds_made_count) FILTER (WHERE day >= %(half)s) AS recent_refunds,
        sum(paid_count) FILTER (WHERE day >= %(half)s) AS half_sales,
        sum(refunds_made_count) FILTER (WHERE day < %(half)s) AS past_refunds,
        sum(paid_count) FILTER (WHERE day < %(half)s) AS past_half_sales,
        sum(settled_count) AS settled,
        sum(waiting_count) AS waiting,
        -- A sale just before midnight may be paid after it: its age is not negative.
        sum(settlement_seconds)
            + greatest(0, sum(waiting_count) * %(end)s - sum(waiting_paid_epoch)) AS seconds
    FROM {totals} AS total
    WHERE merchant_id = ANY(%(merchants)s) AND day >= %(first)s AND day < %(today)s
    GROUP BY merchant_id
) AS sums ON sums.merchant_id = merchant.id
LEFT JOIN (
    SELECT merchant_id, max(points) AS highest,
        (array_agg(points ORDER BY as_of DESC, id DESC))[1] AS latest
    FROM scoring_creditscore
    WHERE merchant_id = ANY(%(merchants)s) AND as_of >= %(since)s AND as_of <= %(known_by)s
    GROUP BY merchant_id
) AS score ON score.merchant_id = merchant.id
"""
_SAMPLE = """sum({figure}) FILTER (WHERE {days}),
        sum({figure} * {figure}) FILTER (WHERE {days}),
        count(*) FILTER (WHERE {days} AND {figure} > 0)"""
_FIGURES = ("trunc((paid_amount - refunded_amount) * 100)", "paid_count::numeric")
_DAYS = ("day >= %(recent)s", "day < %(recent)s")
_SAMPLES = ",\n        ".join(
    _SAMPLE.format(figure=figure, days=days) for figure in _FIGURES for days in _DAYS
)

_LIVE = _WINDOWS.format(
    samples=_SAMPLES,
    totals="transactions_dailytotal",
    first_sale_day="""
        SELECT day FROM transactions_dailytotal AS total
        WHERE total.merchant_id = merchant.id AND paid_count > 0 AND day < %(today)s
        ORDER BY day LIMIT 1""",
)
_HISTORICAL = _WINDOWS.format(
    samples=_SAMPLES,
    totals=f"({totals_sql(sales='t.merchant_id = ANY(%(merchants)s)')})",
    first_sale_day="""
        SELECT (occurred_at AT TIME ZONE 'Asia/Jakarta')::date FROM transactions_transaction AS sale
        WHERE sale.merchant_id = merchant.id AND status IN ('SUCCESS', 'REFUNDED')
            AND occurred_at < %(midnight)s AND paid_at <= %(known_by)s
        ORDER BY occurred_at LIMIT 1""",
)


def windows_of(
    merchant_ids: Iterable[int], *, as_of: datetime, historical: bool = False
) -> dict[int, Windows]:
    """
    Return each merchant's last 30 complete days; `as_of` is now, unless the windows are historical.

    Historical ones see what was known at `as_of`: later payments, refunds and settlements are not
    there yet. Waiting sales are as old as the last complete day, so that a day has one answer.
    """
    parameters = _parameters(merchant_ids, as_of)
    with connection.cursor() as cursor:
        cursor.execute(_HISTORICAL if historical else _LIVE, parameters)
        return {row[0]: _windows(row) for row in cursor}


def _parameters(merchant_ids: Iterable[int], as_of: datetime) -> dict[str, Any]:
    today = business_day(as_of)
    first = today - timedelta(days=WINDOW_DAYS)
    return totals_params(
        known_by=as_of,
        since=start_of_day(first),
        merchants=list(merchant_ids),
        today=today,
        first=first,
        recent=today - timedelta(days=RECENT_DAYS),
        half=today - timedelta(days=HALF_DAYS),
        midnight=start_of_day(today),
        end=int(start_of_day(today).timestamp()),
    )


def _windows(row: tuple) -> Windows:
    _merchant_id, observed_days, _, *sums, highest, latest = row
    sums = [int(figure or 0) for figure in sums]
    samples, halves, settlement = sums[:12], sums[12:16], sums[16:]
    return Windows(
        observed_days=observed_days,
        revenue=_pair(samples[:6]),
        sales=_pair(samples[6:]),
        refunds=Halves(*halves),
        settlement=Settlement(*settlement),
        highest_points=highest,
        latest_points=latest,
    )


def _pair(figures: list[int]) -> Pair:
    return Pair(recent=Sample(RECENT_DAYS, *figures[:3]), past=Sample(PAST_DAYS, *figures[3:]))
