"""No page reads a whole table to find one shop's rows."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from merchants.models import Merchant

OURS = {path.parent.name for path in settings.BASE_DIR.glob("*/apps.py")}
# What is listed by time is found by shop and time together.
BY_TIME = {
    "transactions_transaction": "occurred_at",
    "transactions_dailytotal": "day",
    "scoring_creditscore": "as_of",
}
# The columns of each index, in order.
INDEXES = """
SELECT array_agg(a.attname::text ORDER BY k.position)
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(number, position)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = %s::regclass AND i.indpred IS NULL
GROUP BY i.indexrelid
"""


def of_a_shop() -> list[tuple[str, str]]:
    """Return table and column of everything that belongs to a shop."""
    return [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if model._meta.app_label in OURS and field.related_model is Merchant
    ]


def indexes_of(table: str) -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [table])
        return [columns for (columns,) in cursor]


@pytest.mark.parametrize(("table", "column"), of_a_shop())
def test_rows_of_one_shop_are_found_by_an_index(db, table, column):
    assert column in [columns[0] for columns in indexes_of(table)]


@pytest.mark.parametrize(("table", "time"), BY_TIME.items())
def test_what_is_listed_by_time_is_found_by_shop_and_time(db, table, time):
    assert ["merchant_id", time] in [columns[:2] for columns in indexes_of(table)]


def test_every_table_of_sales_and_scores_is_looked_at():
    assert set(BY_TIME) <= {table for table, _ in of_a_shop()}
