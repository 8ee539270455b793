"""Add many sales at once: COPY into a table of its own, then a few statements for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from transactions.domain.csv_rows import Sale
from transactions.models import new_trade_number
from transactions.services.totals import add_totals_of

_MAKE_TABLES = """
CREATE TEMP TABLE incoming_sale (
    code text, line bigint, merchant_id bigint, external_id text, occurred_at timestamptz,
    amount numeric(18, 2), method text, status text, paid_at timestamptz,
    refunded_amount numeric(18, 2), refunded_at timestamptz, settlement_tracked boolean,
    settled_at timestamptz, fee_amount numeric(18, 2), customer_ref text, channel text,
    description text, product_name text, items jsonb
);
CREATE TEMP TABLE added_sale (id bigint, merchant_id bigint);
"""

# Several files may hold the same sales: everybody adds them in the same order, so that nobody waits in a
# circle. Of a sale that stands twice in the file, the first line counts.
_ADD_SALES = """
WITH added AS (
    INSERT INTO transactions_transaction (
        code, merchant_id, external_id, occurred_at, amount, method, channel, status, refund_status,
        refunded_amount, chargeback, paid_at, settlement_tracked, settled_at, fee_amount, net_amount,
        customer_ref, description, product_name, items, recorded_at, updated_at
    )
    SELECT DISTINCT ON (merchant_id, external_id)
        code, merchant_id, external_id, occurred_at, amount, method, channel, status,
        CASE WHEN refunded_amount > 0 THEN 'PROCESSED' ELSE 'NONE' END,
        refunded_amount, false, paid_at, settlement_tracked, settled_at, fee_amount,
        amount - fee_amount, customer_ref, description, product_name, items, %(now)s, %(now)s
    FROM incoming_sale
    ORDER BY merchant_id, external_id, line
    ON CONFLICT (merchant_id, external_id) DO NOTHING
    RETURNING id, merchant_id
)
INSERT INTO added_sale SELECT id, merchant_id FROM added
"""

_ADD_REFUNDS = """
INSERT INTO transactions_refund
    (code, transaction_id, amount, reason, status, requested_at, processed_at, rejection, asked_count)
SELECT gen_random_uuid(), sale.id, incoming.refunded_amount, '', 'PROCESSED',
    incoming.refunded_at, incoming.refunded_at, '', 0
FROM incoming_sale incoming
JOIN transactions_transaction sale USING (code)
WHERE incoming.refunded_amount > 0
"""

# A line whose code is not the recorded one met a sale that was there already: the same sale, perhaps
# further on its way, or another one under its id.
_DIFFERING_LINES = """
WITH progress (status, step) AS (
    VALUES ('PENDING', 0), ('FAILED', 1), ('EXPIRED', 1), ('SUCCESS', 2), ('REFUNDED', 3)
)
SELECT incoming.line
FROM incoming_sale incoming
JOIN transactions_transaction sale USING (merchant_id, external_id)
JOIN progress told ON told.status = incoming.status
JOIN progress reached ON reached.status = sale.status
WHERE sale.code <> incoming.code
AND NOT (
    sale.amount = incoming.amount
    AND sale.occurred_at = incoming.occurred_at
    AND sale.method = incoming.method
    AND reached.step >= told.step
    AND sale.refunded_amount >= incoming.refunded_amount
    AND coalesce(incoming.settled_at = sale.settled_at, incoming.settled_at IS NULL)
    AND coalesce(incoming.fee_amount = sale.fee_amount, incoming.fee_amount IS NULL)
    AND incoming.customer_ref IN ('', sale.customer_ref)
    AND incoming.channel IN ('', sale.channel)
    AND incoming.description IN ('', sale.description)
    AND incoming.product_name IN ('', sale.product_name)
)
"""


@transaction.atomic
def add_sales(
    *, sales: Sequence[tuple[int, Sale]], merchants: Mapping[str, int], now: datetime
) -> tuple[list[int], list[int]]:
    """
    Add sales that are not recorded yet, their refunds and their totals.

    `sales` carry the line they stand on; `merchants` maps their codes to primary keys. Repeating is
    safe. Return the merchant of each added sale, and the lines that differ from what is recorded.
    """
    if not sales:
        return [], []
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_TABLES)
        with cursor.copy("COPY incoming_sale FROM STDIN") as copy:
            for line, sale in sales:
                copy.write_row((new_trade_number(), line, merchants[sale.merchant], *sale[1:]))
        cursor.execute(_ADD_SALES, {"now": now})
        cursor.execute("SELECT merchant_id FROM added_sale")
        added = [merchant_id for (merchant_id,) in cursor]
        cursor.execute(_ADD_REFUNDS)
        add_totals_of("added_sale")
        differing = []
        if len(added) < len(sales):
            cursor.execute(_DIFFERING_LINES)
            differing = [line for (line,) in cursor]
        cursor.execute("DROP TABLE incoming_sale, added_sale")
    return added, differing
