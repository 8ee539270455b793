"""
Imports that a killed process left behind as running.

Whole chunks of such a file were added, but nobody was told: its merchants would keep their old scores
until the nightly run.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from core import audit
from core.outbox import announce_many
from transactions.models import SalesImport, Transaction
from transactions.services.imports import news_of

# Millions of rows take minutes.
TAKEN_FOR_DEAD = timedelta(hours=6)


def close_broken_imports(*, now: datetime) -> int:
    """
    Mark imports that have run for too long as failed and announce what they added; return how many.

    Repeating is safe. An import that lives after all says by itself in the end that it is done.
    """
    standing = SalesImport.objects.filter(
        status=SalesImport.Status.RUNNING, started_at__lt=now - TAKEN_FOR_DEAD
    )
    return sum(_close(sales_import, now=now) for sales_import in standing)


@transaction.atomic
def _close(sales_import: SalesImport, *, now: datetime) -> bool:
    # Claim by condition: the import itself, or another sweep, may have been quicker.
    running = SalesImport.objects.filter(pk=sales_import.pk, status=SalesImport.Status.RUNNING)
    if not running.update(status=SalesImport.Status.FAILED, finished_at=now):
        return False
    if merchant_ids := _touched(sales_import):
        announce_many("sales.imported", news_of(sales_import, merchant_ids))
    audit.record(
        "sales.import_broken_off", now=now, subject=sales_import, added=sales_import.rows_added
    )
    return True


def _touched(sales_import: SalesImport) -> list[int]:
    """Return whose sales the import added. All of them were recorded at the instant it began."""
    if not sales_import.rows_added:
        return []
    if sales_import.merchant_id:
        return [sales_import.merchant_id]
    with connection.cursor() as cursor:
        # No index tells when a sale was recorded; this happens too rarely to keep one.
        cursor.execute("SET LOCAL statement_timeout = 0")
    added = Transaction.objects.filter(
        recorded_at=sales_import.started_at, external_id__isnull=False
    )
    return sorted(set(added.order_by().values_list("merchant_id", flat=True).distinct()))
