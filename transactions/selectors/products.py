"""What a merchant's customers bought."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from merchants.models import Merchant

# Tills send what they like: only numbers count as numbers, and a line without a quantity is one piece.
# A sale without lines is one piece of its product, when it names one.
_STATISTICS = """
WITH newest AS (
    SELECT occurred_at, items, product_name
    FROM transactions_transaction
    WHERE merchant_id = %(merchant)s AND status = 'SUCCESS' AND occurred_at >= %(since)s
        AND occurred_at < %(until)s
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(newest)s
), line AS (
    SELECT t.occurred_at, item->>'name' AS name, item->>'sku' AS sku,
        coalesce(nullif(item->>'id', ''), nullif(item->>'name', '')) AS product,
        CASE WHEN item->>'quantity' ~ '^[0-9]{1,9}([.][0-9]{1,9})?$'
            THEN (item->>'quantity')::numeric ELSE 1 END AS quantity,
        CASE WHEN coalesce(item->>'price', item->>'unitPrice') ~ '^[0-9]{1,13}([.][0-9]{1,9})?$'
            THEN coalesce(item->>'price', item->>'unitPrice')::numeric END AS price
    FROM newest AS t,
    jsonb_array_elements(
        CASE WHEN jsonb_typeof(t.items) = 'array' AND t.items <> '[]' THEN t.items
            WHEN t.product_name <> ''
            THEN jsonb_build_array(jsonb_build_object('name', t.product_name))
            ELSE '[]' END
    ) AS item
    WHERE jsonb_typeof(item) = 'object'
), named AS (
    SELECT product, name, max(sku) AS sku, max(occurred_at) AS newest,
        sum(quantity) AS quantity, count(*) AS lines, sum(quantity * price) AS revenue
    FROM line WHERE product IS NOT NULL
    GROUP BY product, name
)
SELECT product, coalesce((array_agg(name ORDER BY newest DESC))[1], product),
    coalesce(max(sku), ''), sum(quantity), sum(lines)::bigint, sum(revenue)
FROM named
GROUP BY product
ORDER BY sum(quantity) DESC, sum(lines) DESC, product
LIMIT %(top)s
"""

# A till's usual quarter. Reading more would keep somebody waiting without another answer.
NEWEST_SALES = 5_000


@dataclass(frozen=True)
class ProductStatistic:
    """One product: pieces sold, sales lines it stood in, and revenue where prices were sent (IDR)."""

    product: str
    name: str
    sku: str
    quantity: Decimal
    lines: int
    revenue: Decimal | None


def product_statistics(
    *, merchant: Merchant, since: datetime, until: datetime | None = None, top: int = 5
) -> list[ProductStatistic]:
    """
    Return the products most sold in successful sales since an instant (before another), by pieces.

    Lines are grouped by their id, else by name, and called by their newest name. Of more sales than
    NEWEST_SALES it reads the newest, so that it costs the same at a shop of any size.
    """
    parameters = {
        "merchant": merchant.pk,
        "since": since,
        "until": until or "infinity",
        "top": top,
        "newest": NEWEST_SALES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS, parameters)
        return [ProductStatistic(*row) for row in cursor]
