"""Scores: one merchant at any size of history, and every merchant at once."""

import resource
import time

from django.utils import timezone

from bench.data import many_merchants, merchant_with_sales
from bench.report import Table, median_ms, percentile
from merchants.models import Merchant
from scoring.services.runs import continue_run, start_run
from scoring.services.scores import recalculate

SIZES = [1_000, 10_000, 100_000, 1_000_000]
REPEATS = 40


def one_merchant(sizes=SIZES) -> Table:
    """Time the service for a merchant with more and more sales in 90 days. Reference: 54–33,692 ms."""
    table = Table("recalculate-one", ["sales", "median_ms", "p95_ms", "peak_rss_mb"])
    for size in sizes:
        shop = Merchant.objects.get(pk=merchant_with_sales(size).pk)
        seconds = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            recalculate(merchant=shop, now=timezone.now())
            seconds.append(time.perf_counter() - started)
        table.add(
            sales=size,
            median_ms=median_ms(seconds),
            p95_ms=percentile(seconds, 0.95) * 1000,
            peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )
    ratio = table.rows[-1]["median_ms"] / table.rows[0]["median_ms"]
    table.notes.append(f"largest / smallest: {ratio:.2f} (goal: at most 1.3), each at most 30 ms")
    return table


def all_merchants(count: int = 10_000) -> Table:
    """Time a whole run over `count` merchants × 90 days. Goal: 1,000 merchants a second."""
    table = Table("recalculate-all", ["merchants", "scored", "seconds", "merchants_per_second"])
    many_merchants(count, now=timezone.now())
    for _ in range(3):
        now = timezone.now()
        started = time.perf_counter()
        run = start_run(as_of=now, now=now)
        while not run.finished_at:
            run = continue_run(run=run, now=timezone.now())
        seconds = time.perf_counter() - started
        table.add(
            merchants=run.total,
            scored=run.scored,
            seconds=seconds,
            merchants_per_second=run.total / seconds,
        )
    return table
