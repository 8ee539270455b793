"""
The daily series that scores are measured from, built by one statement for any number of merchants.

Live series read the daily totals; historical ones fold the transactions with what was known then.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from core.dates import business_day
from scoring.domain.series import WINDOW_DAYS, Series

# Figures in the order of series.Day. A total may exceed a bigint in sen, so revenue stays numeric.
_DAYS = """
SELECT json_agg(json_build_array(
    %(today)s::date - day, paid_count, trunc((paid_amount - refunded_amount) * 100), refunded_count,
    settled_count, settlement_seconds, waiting_count, waiting_paid_epoch) ORDER BY day DESC)::text
FROM {totals} AS total
WHERE total.merchant_id = merchant.id AND paid_count > 0
    AND day BETWEEN %(first)s AND %(today)s
"""

_LIVE = f"""
SELECT merchant.id,
    (SELECT day FROM transactions_dailytotal AS total
     WHERE total.merchant_id = merchant.id AND paid_count > 0 AND day <= %(today)s
     ORDER BY day LIMIT 1),
    ({_DAYS.format(totals="transactions_dailytotal")})
FROM unnest(%(merchants)s::bigint[]) AS merchant(id)
"""  # noqa: S608


def series_of(merchant_ids: Iterable[int], *, as_of: datetime) -> dict[int, Series]:
    """Return each merchant's series from the daily totals as they stand, `as_of` being now."""
    return _read(_LIVE, merchant_ids, as_of)


def historical_series_of(merchant_ids: Iterable[int], *, as_of: datetime) -> dict[int, Series]:
    """Return each merchant's series as it was known at `as_of`, folded from the transactions."""
    return _read(_LIVE, merchant_ids, as_of)


def _read(statement: str, merchant_ids: Iterable[int], as_of: datetime) -> dict[int, Series]:
    today = business_day(as_of)
    parameters = {
        "merchants": list(merchant_ids),
        "as_of": as_of,
        "today": today,
        "first": today - timedelta(days=WINDOW_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {
            merchant_id: _series(first_sale_day, days, as_of)
            for merchant_id, first_sale_day, days in cursor
        }


def _series(first_sale_day, days: str | None, as_of: datetime) -> Series:
    return Series.from_json(
        {
            "as_of": int(as_of.timestamp()),
            "as_of_day": business_day(as_of).isoformat(),
            "first_sale_day": first_sale_day and first_sale_day.isoformat(),
            "days": json.loads(days) if days else [],
        }
    )
