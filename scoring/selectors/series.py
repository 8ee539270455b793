"""
The daily series that scores are measured from, built by one statement for any number of merchants.

Live series read the daily totals; historical ones fold the transactions with what was known then.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from core.dates import business_day, start_of_day
from scoring.domain.series import WINDOW_DAYS, Series
from transactions.selectors.totals import totals_params, totals_sql

# Figures in the order of series.Day. Sen beyond a bigint are possible, so revenue stays numeric.
_SERIES = """
SELECT merchant.id, ({first_sale_day}), of_merchant.days
FROM unnest(%(merchants)s::bigint[]) AS merchant(id)
LEFT JOIN (
    SELECT merchant_id, json_agg(json_build_array(
        %(today)s::date - day, paid_count, trunc((paid_amount - refunded_amount) * 100),
        refunded_count, settled_count, settlement_seconds, waiting_count, waiting_paid_epoch)
        ORDER BY day DESC)::text AS days
    FROM {totals} AS total
    WHERE merchant_id = ANY(%(merchants)s) AND paid_count > 0
        AND day BETWEEN %(first_day)s AND %(today)s
    GROUP BY merchant_id
) AS of_merchant ON of_merchant.merchant_id = merchant.id
"""

_LIVE = _SERIES.format(
    totals="transactions_dailytotal",
    first_sale_day="""
        SELECT day FROM transactions_dailytotal AS total
        WHERE total.merchant_id = merchant.id AND paid_count > 0 AND day <= %(today)s
        ORDER BY day LIMIT 1""",
)

_HISTORICAL = _SERIES.format(
    totals=f"({totals_sql(sales='t.merchant_id = ANY(%(merchants)s)')})",
    first_sale_day="""
        SELECT (occurred_at AT TIME ZONE 'Asia/Jakarta')::date FROM transactions_transaction AS sale
        WHERE sale.merchant_id = merchant.id AND status IN ('SUCCESS', 'REFUNDED')
            AND occurred_at <= %(known_by)s AND paid_at <= %(known_by)s
        ORDER BY occurred_at LIMIT 1""",
)


def series_of(merchant_ids: Iterable[int], *, as_of: datetime) -> dict[int, Series]:
    """Return each merchant's series from the daily totals as they stand, `as_of` being now."""
    return _read(_LIVE, as_of, _window(merchant_ids, as_of))


def historical_series_of(merchant_ids: Iterable[int], *, as_of: datetime) -> dict[int, Series]:
    """
    Return each merchant's series as it was known at `as_of`, folded from the transactions.

    Later sales, payments, refunds and settlements are not there yet.
    """
    window = _window(merchant_ids, as_of)
    since = start_of_day(window["first_day"])
    return _read(_HISTORICAL, as_of, totals_params(known_by=as_of, since=since, **window))


def _window(merchant_ids: Iterable[int], as_of: datetime) -> dict[str, Any]:
    today = business_day(as_of)
    return {
        "merchants": list(merchant_ids),
        "first_day": today - timedelta(days=WINDOW_DAYS),
        "today": today,
    }


def _read(statement: str, as_of: datetime, parameters: Mapping[str, Any]) -> dict[int, Series]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {
            merchant_id: _series(as_of, parameters["today"], first_sale_day, days)
            for merchant_id, first_sale_day, days in cursor
        }


def _series(as_of: datetime, today: date, first_sale_day: date | None, days: str | None) -> Series:
    return Series.from_json(
        {
            "as_of": int(as_of.timestamp()),
            "as_of_day": today.isoformat(),
            "first_sale_day": first_sale_day and first_sale_day.isoformat(),
            "days": json.loads(days) if days else [],
        }
    )
