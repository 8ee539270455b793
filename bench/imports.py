"""Sales from a file: rows a second, totals included."""

import csv
import gzip
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from bench.report import Table
from transactions.models import SalesImport

HEADER = [
    "merchant_id",
    "transaction_id",
    "occurred_at",
    "amount",
    "payment_method",
    "status",
    "customer_id",
]


def a_file(rows: int, *, merchants: int = 500) -> Path:
    """Write a gzip file of `rows` sales of the public data's shape and return its path."""
    folder = settings.VAR_DIR / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    run = uuid4().hex[:8]
    path = folder / f"sales-{run}.csv.gz"
    first = timezone.now() - timedelta(days=180)
    with gzip.open(path, "wt", newline="", compresslevel=1) as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for n in range(rows):
            at = first + timedelta(seconds=n * 180 * 86400 / rows)
            writer.writerow(
                [
                    f"IMP-{n % merchants}",
                    f"{run}-{n}",
                    at.isoformat(timespec="seconds"),
                    10_000 + n % 90_000,
                    "QRIS",
                    "Success",
                    f"C{n % 5000}",
                ]
            )
    return path


def rows_per_second(rows: int = 200_000, file: str | None = None) -> Table:
    """Import a generated file (or `file`) twice: new rows, then the same again. Goal: 20,000 a second."""
    table = Table("import", ["pass", "rows", "added", "repeated", "seconds", "rows_per_second"])
    path = Path(file) if file else a_file(rows)
    for name in ("first", "again"):
        started = time.perf_counter()
        call_command(
            "import_sales", str(path), create_merchants=True, consent="bench", stdout=sys.stderr
        )
        seconds = time.perf_counter() - started
        done = SalesImport.objects.latest("pk")
        table.add(
            **{"pass": name},
            rows=done.rows_read,
            added=done.rows_added,
            repeated=done.rows_repeated,
            seconds=seconds,
            rows_per_second=done.rows_read / seconds,
        )
    return table
