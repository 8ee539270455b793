"""A settlement statement from a file: lines a second, totals included."""

import csv
import gzip
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from bench.imports import a_file
from bench.report import Table
from transactions.models import SettlementStatement, Transaction


def a_statement(lines: int) -> Path:
    """Import `lines` new sales of 500 shops, write what settles them on the next day, return its path."""
    sales = a_file(lines)
    call_command("import_sales", str(sales), create_merchants=True, stdout=StringIO())
    path = settings.VAR_DIR / "bench" / f"statement-{uuid4().hex[:8]}.csv.gz"
    run = sales.name.removeprefix("sales-").removesuffix(".csv.gz")
    paid = Transaction.objects.filter(
        external_id__startswith=f"{run}-", occurred_at__lt=timezone.now() - timedelta(days=1)
    ).order_by("occurred_at")
    with gzip.open(path, "wt", newline="", compresslevel=1) as stream:
        writer = csv.writer(stream)
        writer.writerow(["trade_number", "amount", "fee", "settled_at"])
        for code, amount, paid_at in paid.values_list("code", "amount", "paid_at").iterator():
            writer.writerow(
                [code, amount, amount // 200, (paid_at + timedelta(days=1)).isoformat()]
            )
    return path


def lines_per_second(lines: int = 100_000) -> Table:
    """Read a generated statement twice: new lines, then the same again. Goal: 5,000 a second."""
    table = Table(
        "settlement", ["pass", "lines", "settled", "repeated", "seconds", "lines_per_second"]
    )
    path = a_statement(lines)
    for name in ("first", "again"):
        started = time.perf_counter()
        call_command("import_settlements", str(path), stdout=sys.stderr)
        seconds = time.perf_counter() - started
        done = SettlementStatement.objects.latest("pk")
        table.add(
            **{"pass": name},
            lines=done.rows_read,
            settled=done.rows_settled,
            repeated=done.rows_repeated,
            seconds=seconds,
            lines_per_second=done.rows_read / seconds,
        )
    return table
