"""
Daily totals folded from the sales themselves, in SQL: the set-based twin of `domain.totals`.

One text serves the nightly check, the import and scores of a past day.
"""

from datetime import datetime
from typing import Any

from transactions.domain.totals import COLUMNS

AMOUNTS = frozenset(name for name in COLUMNS if name.endswith("_amount"))

_FOLD = """
WITH given_back AS (
    SELECT t.id AS sale_id, t.merchant_id, r.amount, r.processed_at
    FROM transactions_refund r JOIN transactions_transaction t ON t.id = r.transaction_id
    WHERE {sales} AND t.occurred_at <= %(known_by)s::timestamptz
      AND r.status = 'PROCESSED' AND r.processed_at <= %(known_by)s::timestamptz
), refunded AS (
    SELECT sale_id, sum(amount) AS amount FROM given_back GROUP BY sale_id
), sale AS (
    SELECT t.merchant_id, (t.occurred_at AT TIME ZONE 'Asia/Jakarta')::date AS day, t.amount,
        t.status IN ('SUCCESS', 'REFUNDED') AND t.paid_at <= %(known_by)s::timestamptz AS is_paid,
        t.status IN ('FAILED', 'EXPIRED') AS is_failed,
        floor(extract(epoch FROM t.paid_at))::bigint AS paid_epoch,
        CASE WHEN t.settled_at <= %(known_by)s::timestamptz
            THEN floor(extract(epoch FROM t.settled_at))::bigint END AS settled_epoch,
        t.settlement_tracked, t.fee_amount, refunded.amount AS refunded
    FROM transactions_transaction t LEFT JOIN refunded ON refunded.sale_id = t.id
    WHERE {sales} AND t.occurred_at <= %(known_by)s::timestamptz
      AND t.occurred_at >= %(since)s::timestamptz
), made AS (
    SELECT merchant_id, day,
        count(*) FILTER (WHERE is_paid) AS paid_count,
        sum(amount) FILTER (WHERE is_paid) AS paid_amount,
        count(*) FILTER (WHERE NOT is_paid AND NOT is_failed) AS pending_count,
        sum(amount) FILTER (WHERE NOT is_paid AND NOT is_failed) AS pending_amount,
        count(*) FILTER (WHERE is_failed) AS failed_count,
        sum(amount) FILTER (WHERE is_failed) AS failed_amount,
        count(refunded) FILTER (WHERE is_paid) AS refunded_count,
        sum(refunded) FILTER (WHERE is_paid) AS refunded_amount,
        sum(fee_amount) FILTER (WHERE is_paid) AS fee_amount,
        count(settled_epoch) FILTER (WHERE is_paid AND settlement_tracked) AS settled_count,
        sum(greatest(0, settled_epoch - paid_epoch))
            FILTER (WHERE is_paid AND settlement_tracked AND settled_epoch IS NOT NULL)
            AS settlement_seconds,
        count(*) FILTER (WHERE is_paid AND is_waiting) AS waiting_count,
        sum(paid_epoch) FILTER (WHERE is_paid AND is_waiting) AS waiting_paid_epoch,
        0 AS refunds_made_count, 0 AS refunds_made_amount
    FROM (
        SELECT *, settlement_tracked AND settled_epoch IS NULL
            AND coalesce(refunded, 0) < amount AS is_waiting FROM sale
    ) AS sale
    GROUP BY merchant_id, day
    UNION ALL
    SELECT merchant_id, (processed_at AT TIME ZONE 'Asia/Jakarta')::date,
        {nothing_sold}, count(*), sum(amount)
    FROM given_back WHERE processed_at >= %(since)s::timestamptz
    GROUP BY 1, 2
)
SELECT merchant_id, day, {sums} FROM made GROUP BY merchant_id, day
"""


def totals_sql(*, sales: str) -> str:
    """
    Return a SELECT of `merchant_id, day` and every column of `DailyTotal`, a row per day with any.

    `sales` is a condition on the sale `t` that chooses which count, such as
    `t.merchant_id = ANY(%(merchants)s)`; refunds follow their sale. Execute it with
    `totals_params(...)`, whose instants narrow it further:

    `known_by`: only what had happened by then counts. A sale paid later is pending, a later refund
    has not happened, one settled later is waiting, a later sale does not exist. (A failed sale is
    failed from its start: nobody kept the instant.) Without it, what is known now.
    `since`: only days from this instant on, which should be the start of a business day. Refunds
    made since then count on their day even when their sale is older.
    """
    sums = ", ".join(
        f"coalesce(sum({name}), 0)::{'numeric(24,2)' if name in AMOUNTS else 'bigint'} AS {name}"
        for name in COLUMNS
    )
    nothing_sold = ", ".join("0" for name in COLUMNS if not name.startswith("refunds_made"))
    return _FOLD.format(sales=f"({sales})", sums=sums, nothing_sold=nothing_sold)


def totals_params(
    *, known_by: datetime | None = None, since: datetime | None = None, **more: Any
) -> dict[str, Any]:
    """Return the parameters of `totals_sql`, with `more` for the names in its condition."""
    return {"known_by": known_by or "infinity", "since": since or "-infinity"} | more
