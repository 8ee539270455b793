"""Merchants by the thousand with daily totals, made by the database itself."""

from datetime import datetime, timedelta

from django.db import connection

from core.dates import business_day
from transactions.services.totals import add_totals_of

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


# Every merchant has a hidden weakness from 0 to 1. It shows before the day of the score (uneven
# months, decline, refunds, slow settlement), and with its probability trouble comes after it.
_WEAK_SALES = """
INSERT INTO transactions_transaction (code, merchant_id, occurred_at, amount, method, channel,
    status, refund_status, refunded_amount, chargeback, paid_at, settlement_tracked, settled_at,
    customer_ref, description, product_name, items, recorded_at, updated_at)
SELECT md5(m.id || ':' || ago || ':' || n), m.id, at, amount, 'QRIS', '',
    CASE WHEN is_refunded THEN 'REFUNDED' ELSE 'SUCCESS' END, 'NONE',
    CASE WHEN is_refunded THEN amount ELSE 0 END, false, at, true,
    at + make_interval(hours => (20 + 100 * weakness)::int), '', '', '', '[]', at, at
FROM (
    SELECT id, (id %% 50) / 49.0 AS weakness, (id * 7919 %% 997) / 997.0 AS luck
    FROM merchants_merchant
) AS m, generate_series(1, %(days)s) AS ago, generate_series(1, 3) AS n,
LATERAL (SELECT
    %(now)s::timestamptz - make_interval(days => ago, mins => n) AS at,
    round((100000 * (1 + weakness * sin(ago / 15.0)) *
        CASE WHEN ago <= %(after)s AND luck < 0.8 * weakness THEN 0.2 ELSE 1 END)::numeric) + n AS amount,
    (m.id * 31 + ago * 17 + n * 7) %% 100 < 6 * weakness AS is_refunded
) AS sale
WHERE weakness < 1.2 - n * 0.3 OR n = 1
"""

_THEIR_REFUNDS = """
INSERT INTO transactions_refund
    (code, transaction_id, amount, reason, status, requested_at, processed_at, rejection, asked_count)
SELECT gen_random_uuid(), id, amount, '', 'PROCESSED', paid_at, paid_at, '', 0
FROM transactions_transaction WHERE status = 'REFUNDED'
"""


def shops_with_planted_trouble(count: int, *, now: datetime, after: int) -> None:
    """Make `count` merchants whose weakness shows, and brings trouble in the last `after` days."""
    with connection.cursor() as cursor:
        cursor.execute(_MERCHANTS, {"count": count})
        cursor.execute(_WEAK_SALES, {"now": now, "days": after + 95, "after": after})
        cursor.execute(_THEIR_REFUNDS)
        # Rows of an open transaction have no statistics, and the planner takes them for a handful.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("CREATE TEMPORARY TABLE planted AS SELECT id FROM transactions_transaction")
        add_totals_of("planted")
        cursor.execute("DROP TABLE planted")
