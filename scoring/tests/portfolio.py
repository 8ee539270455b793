"""Merchants by the thousand with daily totals, made by the database itself."""

from datetime import datetime, timedelta

from django.db import connection

from core.dates import business_day

_MERCHANTS = """
INSERT INTO merchants_merchant (code, company_name, city, category, scale, joined_at, phone,
    phone_index, address, tax_id, tax_id_index, national_id, national_id_index)
SELECT 'SHOP-' || n, 'Toko ' || n, 'Bandung', 'Retail', 'MICRO', now(), '', '', '', '', '', '', ''
FROM generate_series(1, %(count)s) AS n
"""

_TOTALS = """
INSERT INTO transactions_dailytotal (merchant_id, day, paid_count, paid_amount, pending_count,
    pending_amount, failed_count, failed_amount, refunded_count, refunded_amount, fee_amount,
    settled_count, settlement_seconds, waiting_count, waiting_paid_epoch, refunds_made_count,
    refunds_made_amount)
SELECT m.id, d::date, 1 + m.id %% 9, (1 + m.id %% 9) * 20000, 0, 0, 0, 0, 0, 0, 0, 1 + m.id %% 9,
    (1 + m.id %% 9) * 86400, 0, 0, 0, 0
FROM merchants_merchant AS m, generate_series(%(first)s::date, %(last)s::date, '1 day') AS day(d)
"""


def many_shops(count: int, *, now: datetime, days: int = 90) -> None:
    """Make `count` merchants that sold on each of the last `days` complete days."""
    today = business_day(now)
    with connection.cursor() as cursor:
        cursor.execute(_MERCHANTS, {"count": count})
        cursor.execute(
            _TOTALS, {"first": today - timedelta(days=days), "last": today - timedelta(days=1)}
        )
