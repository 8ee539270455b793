"""
Keep one exact total per merchant and business day.

Whoever writes a sale calls `apply_change` (one sale) or `add_totals_of` (many new ones) in the same
transaction. Totals only ever move by addition, so writers never wait for more than one row's lock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from merchants.models import Merchant
from transactions.domain.totals import COLUMNS, Deltas, GivenBack, SaleState, difference
from transactions.models import DailyTotal, Refund, Transaction
from transactions.selectors.totals import totals_params, totals_sql

TABLE = DailyTotal._meta.db_table
MERCHANTS_PER_BATCH = 200

_INSERT = f"INSERT INTO {TABLE} (merchant_id, day, {', '.join(COLUMNS)})"
_ADD = "ON CONFLICT (merchant_id, day) DO UPDATE SET " + ", ".join(
    f"{name} = {TABLE}.{name} + EXCLUDED.{name}" for name in COLUMNS
)
_ROW = f"({', '.join(['%s'] * (2 + len(COLUMNS)))})"


def state_of(sale: Transaction) -> SaleState:
    """Return what the totals need to know of `sale` as it is now, processed refunds included."""
    refunds = ()
    if sale.refunded_amount:
        processed = sale.refunds.filter(status=Refund.Status.PROCESSED)
        refunds = tuple(GivenBack(refund.amount, refund.processed_at) for refund in processed)
    return SaleState(
        status=sale.status,
        amount=sale.amount,
        occurred_at=sale.occurred_at,
        paid_at=sale.paid_at,
        settlement_tracked=sale.settlement_tracked,
        settled_at=sale.settled_at,
        fee_amount=sale.fee_amount,
        refunds=refunds,
    )


def apply_change(*, merchant_id: int, before: SaleState | None, after: SaleState | None) -> None:
    """
    Let the daily totals follow one sale from `before` (None: it is new) to `after`.

    Call it in the transaction that changes the sale, after the sale's row is locked. Repeating it
    counts twice.
    """
    changes = difference(before, after)
    _add([(merchant_id, day, deltas) for day, deltas in changes.items()])


@contextmanager
def totals_following(sale: Transaction) -> Iterator[None]:
    """Let the daily totals follow whatever the block does to `sale`, whose row it holds locked."""
    before = state_of(sale)
    yield
    apply_change(merchant_id=sale.merchant_id, before=before, after=state_of(sale))


@contextmanager
def totals_following_many(ids: Sequence[int]) -> Iterator[None]:
    """
    Let the daily totals follow whatever the block does to these sales, whose rows it holds locked.

    Days are locked at the end, in the order of merchant and day; those that nothing moved are left alone.
    """
    params = totals_params(ids=list(ids))
    figures = totals_sql(sales="t.id = ANY(%(ids)s)")
    names = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE totals_before AS SELECT merchant_id, day, {names} FROM {TABLE} WITH NO DATA"  # noqa: S608
        )
        cursor.execute(f"INSERT INTO totals_before {figures}", params)
        yield
        moved = _comparison(figures=figures, stored="totals_before")
        cursor.execute(f"{_INSERT} {moved} {_ADD}", params)
        cursor.execute("DROP TABLE totals_before")


def add_totals_of(ids_table: str) -> None:
    """
    Add many new sales at once: those whose `id` is in the (temporary) table named `ids_table`.

    Their processed refunds count too. Call it once, in the transaction that inserts the sales:
    rows are locked in the order of merchant and day, and repeating it counts twice.
    """
    sales = f"t.id IN (SELECT id FROM {connection.ops.quote_name(ids_table)})"  # noqa: S608
    with connection.cursor() as cursor:
        added = f"SELECT * FROM ({totals_sql(sales=sales)}) AS added ORDER BY merchant_id, day"  # noqa: S608
        cursor.execute(f"{_INSERT} {added} {_ADD}", totals_params())


@dataclass(frozen=True)
class Difference:
    """A day whose stored total is wrong: `missing` is what had to be added to make it right."""

    merchant_id: int
    day: date
    missing: Deltas


def rebuild_daily_totals(
    *,
    merchants: Iterable[Merchant] | None = None,
    repair: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Difference]:
    """
    Recompute the totals from the sales; return every day that differs, repaired when asked.

    Sales go on meanwhile: each batch is compared within one snapshot, where sales and totals
    agree, and a repair adds what was missing there. `progress` hears the number of merchants done.
    """
    chosen = Merchant.objects.all() if merchants is None else merchants
    ids = sorted(merchant.pk for merchant in chosen)
    found: list[Difference] = []
    for start in range(0, len(ids), MERCHANTS_PER_BATCH):
        batch = ids[start : start + MERCHANTS_PER_BATCH]
        found += _compare(merchant_ids=batch, repair=repair)
        progress(start + len(batch))
    return found


@transaction.atomic
def _compare(*, merchant_ids: list[int], repair: bool) -> list[Difference]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Two repairs at once would both add what is missing.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rebuild_daily_totals'))")
        cursor.execute(
            _comparison(
                figures=totals_sql(sales="t.merchant_id = ANY(%(merchants)s)"),
                stored=f"(SELECT * FROM {TABLE} WHERE merchant_id = ANY(%(merchants)s))",  # noqa: S608
            ),
            totals_params(merchants=merchant_ids),
        )
        found = [Difference(row[0], row[1], Deltas(*row[2:])) for row in cursor]
    if repair:
        _add([(wrong.merchant_id, wrong.day, wrong.missing) for wrong in found])
    return found


def _comparison(*, figures: str, stored: str) -> str:
    """Select what `stored` totals lack of `figures`, for each day on which anything differs."""
    missing = ", ".join(
        f"coalesce(sold.{name}, 0) - coalesce(stored.{name}, 0) AS {name}" for name in COLUMNS
    )
    return f"""
        SELECT * FROM (
            SELECT merchant_id, day, {missing}
            FROM ({figures}) AS sold
            FULL JOIN {stored} AS stored
            USING (merchant_id, day)
        ) AS missing
        WHERE {" OR ".join(f"{name} <> 0" for name in COLUMNS)}
        ORDER BY merchant_id, day
    """  # noqa: S608


def _add(changes: Sequence[tuple[int, date, Deltas]]) -> None:
    if not changes:
        return
    # Days in ascending order, so that two writers of the same days never wait for each other.
    rows = [(merchant, day, *deltas.values()) for merchant, day, deltas in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_INSERT} VALUES {', '.join([_ROW] * len(rows))} {_ADD}",
            [value for row in rows for value in row],
        )
