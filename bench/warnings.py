"""The scan for early warnings, of every merchant."""

import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from alerts.services import scan
from bench.data import many_merchants
from bench.report import Table
from scoring.services.runs import continue_run, start_run

# A fifth of the shops sell half as much since ten days; a quarter settles after four days anyway.
_FALL = """
UPDATE transactions_dailytotal AS total
SET paid_count = paid_count / 2, paid_amount = paid_amount / 2, refunded_count = 0,
    refunded_amount = 0, settled_count = paid_count / 2, settlement_seconds = settlement_seconds / 2
FROM merchants_merchant AS m
WHERE m.id = total.merchant_id AND m.code LIKE 'BENCH-%%' AND m.id %% 5 = 0
    AND day >= %(since)s AND paid_count = 3 + m.id %% 20
"""


def every_merchant(count: int = 10_000) -> Table:
    """Time scans of `count` merchants with scores: the first, the same again, and one a day later."""
    table = Table(
        "scan-warnings", ["scan", "merchants", "raised", "updated", "resolved", "seconds"]
    )
    now = timezone.now()
    many_merchants(count, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_FALL, {"since": timezone.localdate(now) - timedelta(days=10)})
    run = start_run(as_of=now, now=now)
    while not run.finished_at:
        run = continue_run(run=run, now=timezone.now())
    for name, instant in (("first", now), ("again", now), ("next day", now + timedelta(days=1))):
        started = time.perf_counter()
        report = scan(now=instant)
        table.add(
            scan=name,
            merchants=report.merchants,
            raised=report.raised,
            updated=report.updated + report.worsened + report.eased,
            resolved=report.resolved,
            seconds=time.perf_counter() - started,
        )
    table.notes.append("goal: 10,000 merchants in at most 15 s")
    return table
