"""
The sales that a statement names, found and locked some thousands at a time, and settled together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from transactions.domain.settlements import KnownSale, Settlement, SettlementLine
from transactions.models import GatewayOrder
from transactions.services.totals import totals_following_many


@dataclass
class NamedSales:
    """The sales that some lines name, their rows locked."""

    known: dict[int, KnownSale]
    merchants: dict[str, int]
    # Trade number → primary key of the sale and its merchant.
    by_number: dict[str, tuple[int, int]]
    # Merchant and its own id of the sale → primary key.
    by_books: dict[tuple[int, str], int]

    @classmethod
    def locked(cls, lines: Sequence[SettlementLine], merchants: dict[str, int]) -> "NamedSales":
        numbers = [line.trade_number for line in lines if line.trade_number]
        books = [
            (merchants[line.merchant], line.external_id)
            for line in lines
            if line.merchant in merchants and line.external_id
        ]
        by_number, by_books = _by_number(numbers), _by_books(books) if books else {}
        pks = {pk for pk, _ in by_number.values()} | set(by_books.values())
        return cls(_locked(sorted(pks)), merchants, by_number, by_books)

    def of(self, line: SettlementLine) -> KnownSale | None:
        """Return the sale of a line; a merchant that is named has to be the sale's own."""
        merchant = self.merchants.get(line.merchant)
        pk, owner = self.by_number.get(line.trade_number, (None, None))
        if line.merchant and owner != merchant:
            pk = self.by_books.get((merchant, line.external_id))
        return self.known.get(pk)


def write_settlements(settlements: Mapping[int, Settlement], *, now: datetime) -> None:
    """Settle the sales of these primary keys, whose rows are locked; their days follow."""
    if not settlements:
        return
    with totals_following_many(list(settlements)), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE transactions_transaction sale
            SET settled_at = told.settled_at, fee_amount = told.fee_amount,
                net_amount = told.net_amount, settlement_tracked = true, updated_at = %s
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::numeric[], %s::numeric[])
                AS told (id, settled_at, fee_amount, net_amount)
            WHERE sale.id = told.id
            """,
            [
                now,
                list(settlements),
                [told.settled_at for told in settlements.values()],
                [told.fee_amount for told in settlements.values()],
                [told.net_amount for told in settlements.values()],
            ],
        )


def ask_about(unpaid: Sequence[int], *, now: datetime) -> None:
    """Let the sweep ask the gateway at once about sales that it settled although we know of no payment."""
    later = Q(ask_at__isnull=True) | Q(ask_at__gt=now)
    GatewayOrder.objects.filter(later, pk__in=unpaid).update(ask_at=now)


def _by_number(numbers: Sequence[str]) -> dict[str, tuple[int, int]]:
    found = _rows(
        "SELECT code, id, merchant_id FROM transactions_transaction WHERE code = ANY(%s)",
        [list(numbers)],
    )
    return {code: (pk, merchant_id) for code, pk, merchant_id in found}


def _by_books(books: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    merchants, ids = zip(*books, strict=True)
    found = _rows(
        """
        SELECT sale.merchant_id, sale.external_id, sale.id
        FROM unnest(%s::bigint[], %s::text[]) AS named (merchant_id, external_id)
        JOIN transactions_transaction sale USING (merchant_id, external_id)
        """,
        [list(merchants), list(ids)],
    )
    return {(merchant_id, external_id): pk for merchant_id, external_id, pk in found}


def _locked(pks: Sequence[int]) -> dict[int, KnownSale]:
    # In one order everywhere, so that two statements never wait for each other in a circle.
    found = _rows(
        """
        SELECT id, merchant_id, status, amount, paid_at, settled_at, fee_amount, net_amount
        FROM transactions_transaction WHERE id = ANY(%s)
        ORDER BY id FOR NO KEY UPDATE
        """,
        [list(pks)],
    )
    return {row[0]: KnownSale(*row) for row in found}


def _rows(sql: str, params: Sequence) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
