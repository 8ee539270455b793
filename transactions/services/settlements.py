"""
What was paid out, from the gateway's statements: each line beside its sale, some thousands at a time.

Each chunk is a transaction of its own together with its totals. A crash leaves whole chunks; reading the
statement again settles the rest, because a sale is settled once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core import audit
from core.outbox import announce_many
from merchants.models import Merchant
from transactions.domain.settlements import (
    KnownSale,
    LineRefused,
    Settlement,
    SettlementLine,
    UnreadableLine,
    judge,
)
from transactions.models import SettlementProblem, SettlementStatement
from transactions.services.settled_sales import NamedSales, ask_about, write_settlements

CHUNK_ROWS = 5_000
# Refusals kept with the statement; the command's report file holds all of them.
MAX_PROBLEMS_KEPT = 10_000
MERCHANTS_PER_EVENT = 1_000
# Hundreds of thousands of lines take minutes.
TAKEN_FOR_DEAD = timedelta(hours=6)

Source, Status = SettlementStatement.Source, SettlementStatement.Status
Line = SettlementLine | UnreadableLine

REASONS = {
    "unknown_sale": gettext_lazy("There is no such sale."),
    "amount_differs": gettext_lazy("The sale was recorded with another amount."),
    "not_paid": gettext_lazy("We never heard that this sale was paid."),
    "settled_differently": gettext_lazy("The sale was settled already, at another time or fee."),
    "settled_before_paid": gettext_lazy("The settlement lies before the payment."),
    "settled_in_future": gettext_lazy("The settlement lies in the future."),
    "malformed": gettext_lazy("The line cannot be read."),
}


def settle(
    lines: Iterable[Line],
    *,
    source: str,
    name: str,
    now: datetime,
    settlement_date: date | None = None,
    by=None,
    on_refused: Callable[[list[SettlementProblem]], None] = lambda problems: None,
    on_progress: Callable[[SettlementStatement], None] = lambda statement: None,
) -> SettlementStatement:
    """
    Settle the sales that a statement names, and announce `sales.settled` once per merchant.

    Each chunk commits by itself, and the next lines are asked for outside of any transaction. Repeating is
    safe: what is known already is counted, not done. Lines that do not fit are kept as problems; a sale
    that we believe unpaid is asked about at the gateway.

    What `lines` raises is passed on, after the statement is marked as failed.
    """
    statement = SettlementStatement.objects.create(
        source=source, name=name[-200:], settlement_date=settlement_date, started_at=now
    )
    work = _Work(statement=statement, now=now, completes=_was_broken_off(statement))
    status = Status.FAILED
    try:
        lines = iter(lines)
        while chunk := list(islice(lines, CHUNK_ROWS)):
            on_refused(work.settle(chunk))
            on_progress(statement)
        status = Status.DONE
    finally:
        # Also after Ctrl-C: what was settled is scored.
        _finish(work, status=status, by=by)
    return statement


def close_broken_statements(*, now: datetime) -> int:
    """
    Mark statements that a killed process left as running as failed; return how many.

    The next reading of the same statement tells the followers what this one could not.
    """
    standing = SettlementStatement.objects.filter(
        status=Status.RUNNING, started_at__lt=now - TAKEN_FOR_DEAD
    )
    return standing.update(status=Status.FAILED, finished_at=now)


def _was_broken_off(statement: SettlementStatement) -> bool:
    """Say whether an earlier reading did not come to its end: nobody heard what it had settled."""
    earlier = SettlementStatement.objects.filter(
        source=statement.source,
        name=statement.name,
        settlement_date=statement.settlement_date,
        pk__lt=statement.pk,
    )
    last = earlier.order_by("-pk").first()
    return last is not None and last.status != Status.DONE


@transaction.atomic
def _finish(work: "_Work", *, status: str, by) -> None:
    statement = work.statement
    statement.status, statement.finished_at = status, timezone.now()
    statement.save(update_fields=["status", "finished_at"])
    if status == Status.DONE and statement.source == Source.GATEWAY:
        _take_over_problems(statement)
    announce_many("sales.settled", _news_of(statement, sorted(work.touched)))
    audit.record(
        "sales.settled",
        now=statement.finished_at,
        by=by,
        subject=statement,
        status=status,
        settled=statement.rows_settled,
        repeated=statement.rows_repeated,
        refused=statement.rows_refused,
    )


def _take_over_problems(statement: SettlementStatement) -> None:
    """Forget what earlier readings of the same day refused: this one has refused it again, or not."""
    SettlementProblem.objects.filter(
        statement__source=Source.GATEWAY,
        statement__settlement_date=statement.settlement_date,
        statement__pk__lt=statement.pk,
    ).delete()


def _news_of(statement: SettlementStatement, merchant_ids: list[int]) -> list[dict]:
    return [
        {
            "statement_id": statement.pk,
            "merchant_ids": merchant_ids[at : at + MERCHANTS_PER_EVENT],
        }
        for at in range(0, len(merchant_ids), MERCHANTS_PER_EVENT)
    ]


@dataclass
class _Work:
    """One statement on its way through its lines."""

    statement: SettlementStatement
    now: datetime
    completes: bool
    # Code → primary key of the merchants met so far.
    merchants: dict[str, int] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)

    def settle(self, lines: Sequence[Line]) -> list[SettlementProblem]:
        """Settle some lines at once; return the refused ones."""
        with transaction.atomic():
            chunk = _Chunk(work=self, sales=self._sales_of(lines))
            for line in lines:
                chunk.read(line)
            write_settlements(chunk.settlements, now=self.now)
            self._count(chunk, read=len(lines))
        self.touched |= chunk.touched
        ask_about(chunk.unpaid, now=self.now)
        return chunk.problems

    def _sales_of(self, lines: Sequence[Line]) -> NamedSales:
        readable = [line for line in lines if isinstance(line, SettlementLine)]
        self._meet({line.merchant for line in readable} - self.merchants.keys() - {""})
        return NamedSales.locked(readable, self.merchants)

    def _meet(self, codes: set[str]) -> None:
        if codes:
            found = Merchant.objects.filter(code__in=codes).values_list("code", "pk")
            self.merchants.update(found)

    def _count(self, chunk: "_Chunk", *, read: int) -> None:
        statement, refused = self.statement, len(chunk.problems)
        kept = max(0, MAX_PROBLEMS_KEPT - statement.rows_refused)
        SettlementProblem.objects.bulk_create(chunk.problems[:kept])
        statement.rows_read += read
        statement.rows_settled += chunk.settled_count
        statement.rows_refused += refused
        statement.rows_repeated += read - chunk.settled_count - refused
        statement.save()


@dataclass
class _Chunk:
    """What becomes of some lines."""

    work: _Work
    sales: NamedSales
    settlements: dict[int, Settlement] = field(default_factory=dict)
    settled_count: int = 0
    problems: list[SettlementProblem] = field(default_factory=list)
    unpaid: list[int] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def read(self, line: Line) -> None:
        try:
            if isinstance(line, UnreadableLine):
                raise LineRefused("malformed", line.detail)
            self._judge(line, self.sales.of(line))
        except LineRefused as refusal:
            self.problems.append(self._problem(line, refusal))

    def _judge(self, line: SettlementLine, sale: KnownSale | None) -> None:
        try:
            settlement = judge(line, sale, now=self.work.now)
        except LineRefused as refusal:
            if refusal.reason == "not_paid":
                self.unpaid.append(sale.pk)
            raise
        if settlement:
            self._settle(sale, settlement)
        elif self.work.completes:
            self.touched.add(sale.merchant_id)

    def _settle(self, sale: KnownSale, settlement: Settlement) -> None:
        self.settlements[sale.pk] = settlement
        self.settled_count += 1
        self.touched.add(sale.merchant_id)
        # The statement may name it once more.
        self.sales.known[sale.pk] = replace(
            sale,
            settled_at=settlement.settled_at,
            fee_amount=settlement.fee_amount,
            net_amount=settlement.net_amount,
        )

    def _problem(self, line: Line, refusal: LineRefused) -> SettlementProblem:
        return SettlementProblem(
            statement=self.work.statement,
            line=line.line,
            trade_number=line.trade_number,
            reason_code=refusal.reason,
            detail=refusal.detail[:200],
        )
