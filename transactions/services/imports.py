"""
Sales from a file: read in chunks, each a transaction of its own together with its totals.

A crash leaves whole chunks; reading the file again adds the rest, because a sale is known by its merchant
and the merchant's own id for it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core import audit, tables
from core.errors import InvalidInput
from core.jobs import Cancelled
from core.outbox import announce_many
from merchants.models import Consent, Merchant
from merchants.services import CONSENT_LIFETIME
from transactions.domain.csv_rows import HeaderRefused, Layout, RowRefused, Sale, parse_row
from transactions.models import RefusedRow, SalesImport
from transactions.services.bulk import add_sales

CHUNK_ROWS = 10_000
# Refusals kept with the import; the command's report file holds all of them.
MAX_REFUSED_KEPT = 10_000
MERCHANTS_PER_EVENT = 1_000
# Clocks of tills run ahead a little.
CLOCK_TOLERANCE = timedelta(minutes=5)
# What may stand in an address of ours.
_MERCHANT_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*", re.ASCII)

REASONS = {
    "wrong_number_of_columns": gettext_lazy("The row has more or fewer cells than the header."),
    "malformed": gettext_lazy("The row cannot be read: its quotes do not end."),
    "holds_nul": gettext_lazy("The row holds a NUL character."),
    "too_long": gettext_lazy("A text is too long."),
    "missing_value": gettext_lazy("A compulsory value is missing."),
    "invalid_amount": gettext_lazy(
        "The amount must be plain rupiah, more than 0, with at most two decimals."
    ),
    "invalid_instant": gettext_lazy(
        "The time must be ISO 8601, such as 2026-03-02T12:00:00+07:00."
    ),
    "in_the_future": gettext_lazy("The time lies in the future."),
    "too_long_ago": gettext_lazy("The time lies before the year 2000."),
    "wrong_order": gettext_lazy(
        "Payment, settlement and refund must follow the sale in this order."
    ),
    "unknown_word": gettext_lazy("The payment method or status is not known."),
    "not_paid": gettext_lazy("Only a paid sale can be settled or refunded."),
    "refund_exceeds_amount": gettext_lazy("The refund is larger than the sale."),
    "unknown_merchant": gettext_lazy("There is no such merchant."),
    "invalid_merchant_id": gettext_lazy("The merchant ID holds characters that are not allowed."),
    "other_merchant": gettext_lazy("The row belongs to another merchant."),
    "differs_from_recorded": gettext_lazy("A sale with this ID is recorded with other details."),
}

FILE_REASONS = {
    "empty_file": gettext_lazy("The file is empty."),
    "not_a_text": gettext_lazy("The file is not CSV. Save the sheet as CSV, then send that file."),
    "wrong_encoding": gettext_lazy(
        "The file is not UTF-8. Save it as CSV UTF-8, then send it again."
    ),
    "line_too_long": gettext_lazy(
        "The file is not CSV: it holds a line of more than a million characters."
    ),
    "broken_archive": gettext_lazy("The gzip archive is damaged or cut short."),
    "inflates_too_much": gettext_lazy("The archive holds too much."),
    "missing_columns": gettext_lazy("The file lacks columns: %(columns)s."),
    "repeated_columns": gettext_lazy("The file names columns twice: %(columns)s."),
}


class FileRefused(InvalidInput):
    """The file as a whole is refused; nothing of it was stored."""

    def __init__(self, reason: str, columns: tuple[str, ...] = ()):
        self.code = reason
        self.status = 413 if reason == "inflates_too_much" else 400
        text = FILE_REASONS[reason] % {"columns": ", ".join(columns)}
        super().__init__(text, fields={"file": text})


@dataclass(frozen=True, kw_only=True)
class Reading:
    """
    How a file is to be read. `merchant` when all rows are that one's; `renamed` ours → theirs.

    `consent_text` is the version of the consent that the operator holds for merchants it creates; without
    it no bank sees them.
    """

    merchant: Merchant | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    create_merchants: bool = False
    consent_text: str = ""
    max_bytes: int | None = None


def import_sales(
    *,
    file: BinaryIO,
    name: str,
    reading: Reading,
    now: datetime,
    by=None,
    on_refused: Callable[[list[RefusedRow]], None] = lambda rows: None,
    on_progress: Callable[[SalesImport], None] = lambda sales_import: None,
) -> SalesImport:
    """
    Add the sales of a CSV or gzip file and announce `sales.imported`; return what became of its rows.

    Each chunk commits by itself. Repeating is safe: known rows are counted, not added.
    Raises FileRefused before anything is stored. Call it outside a transaction.
    """
    rows, layout = _opened(file, reading)
    sales_import = SalesImport.objects.create(
        merchant=reading.merchant, file_name=name[-200:], started_at=now
    )
    work = _Work(sales_import=sales_import, layout=layout, reading=reading, now=now)
    status = SalesImport.Status.FAILED
    try:
        for chunk in work.chunks(rows):
            on_refused(work.add(chunk))
            on_progress(sales_import)
        status = SalesImport.Status.DONE
    except Cancelled:
        status = SalesImport.Status.STOPPED
        raise
    finally:
        # Also after Ctrl-C: what was added is scored.
        _finish(work, status=status, by=by)
    return sales_import


def _opened(file: BinaryIO, reading: Reading) -> tuple[Iterator[tables.Row], Layout]:
    try:
        tables.inspect(file, max_bytes=reading.max_bytes)
        rows = tables.rows(file)
        header = next(rows).cells or []
        own = reading.merchant is not None
        return rows, Layout.of(header, renamed=reading.renamed, own_merchant=own)
    except tables.FileRefused as refusal:
        raise FileRefused(refusal.reason) from refusal
    except HeaderRefused as refusal:
        raise FileRefused(refusal.reason, refusal.columns) from refusal


@transaction.atomic
def _finish(work: "_Work", *, status: str, by) -> None:
    sales_import = work.sales_import
    sales_import.status = status
    sales_import.finished_at = timezone.now()
    sales_import.save(update_fields=["status", "finished_at"])
    if work.touched:
        announce_many("sales.imported", news_of(sales_import, sorted(work.touched)))
    audit.record(
        "sales.imported",
        now=sales_import.finished_at,
        by=by,
        subject=sales_import,
        status=status,
        added=sales_import.rows_added,
        repeated=sales_import.rows_repeated,
        refused=sales_import.rows_refused,
        merchants_created=work.created_count,
        consent_text=work.reading.consent_text,
    )


def news_of(sales_import: SalesImport, merchant_ids: list[int]) -> list[dict]:
    """Word `sales.imported` for these merchants, some at a time."""
    return [
        {"import_id": sales_import.pk, "merchant_ids": merchant_ids[at : at + MERCHANTS_PER_EVENT]}
        for at in range(0, len(merchant_ids), MERCHANTS_PER_EVENT)
    ]


@dataclass(frozen=True)
class _Chunk:
    """Some rows of the file: the sales among them with their lines, and what can be no sale."""

    rows_read: int
    sales: list[tuple[int, Sale]]
    refused: list[RefusedRow]


@dataclass
class _Work:
    """One import on its way through the file."""

    sales_import: SalesImport
    layout: Layout
    reading: Reading
    now: datetime
    # Code → primary key of the merchants met so far.
    merchants: dict[str, int] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    created_count: int = 0

    def __post_init__(self):
        if own := self.reading.merchant:
            self.merchants = {own.code: own.pk, "": own.pk}

    def chunks(self, rows: Iterator[tables.Row]) -> Iterator[_Chunk]:
        """Parse the rows, some thousands at a time. Asks the database nothing."""
        latest = self.now + CLOCK_TOLERANCE
        while some := list(islice(rows, CHUNK_ROWS)):
            chunk = _Chunk(len(some), [], [])
            for row in some:
                self._parse(row, chunk, latest=latest)
            yield chunk

    def _parse(self, row: tables.Row, chunk: _Chunk, *, latest: datetime) -> None:
        try:
            if row.cells is None:
                raise RowRefused("malformed")
            chunk.sales.append((row.line, parse_row(row.cells, self.layout, latest=latest)))
        except RowRefused as refusal:
            chunk.refused.append(self._refused(row.line, refusal.reason, refusal.detail))

    @transaction.atomic
    def add(self, chunk: _Chunk) -> list[RefusedRow]:
        """Add what can be added of some rows, with its totals; return the refused ones."""
        sales, strangers = self._at_known_merchants(chunk.sales)
        added, differing = add_sales(sales=sales, merchants=self.merchants, now=self.now)
        differ = [self._refused(line, "differs_from_recorded") for line in differing]
        refused = sorted(chunk.refused + strangers + differ, key=lambda row: row.line)
        self._count(read=chunk.rows_read, added=len(added), refused=refused)
        self.touched.update(added)
        return refused

    def _at_known_merchants(self, sales) -> tuple[list[tuple[int, Sale]], list[RefusedRow]]:
        self._meet({sale.merchant for _line, sale in sales} - self.merchants.keys())
        known = [(line, sale) for line, sale in sales if sale.merchant in self.merchants]
        if len(known) == len(sales):
            return known, []
        reason = "other_merchant" if self.reading.merchant else "unknown_merchant"
        strangers = [
            self._refused(line, reason if _may_be_code(sale.merchant) else "invalid_merchant_id")
            for line, sale in sales
            if sale.merchant not in self.merchants
        ]
        return known, strangers

    def _meet(self, codes: set[str]) -> None:
        if not codes or self.reading.merchant:
            return
        self._look_up(codes)
        unknown = sorted(code for code in codes - self.merchants.keys() if _may_be_code(code))
        if unknown and self.reading.create_merchants:
            self._create_merchants(unknown)
            self._look_up(set(unknown))

    def _look_up(self, codes: set[str]) -> None:
        found = Merchant.objects.filter(code__in=codes).values_list("code", "pk")
        self.merchants.update(found)

    def _create_merchants(self, codes: list[str]) -> None:
        merchants = [Merchant(code=code, company_name=code, joined_at=self.now) for code in codes]
        # Another import may be creating the same ones.
        Merchant.objects.bulk_create(merchants, ignore_conflicts=True)
        self.created_count += len(merchants)
        if text := self.reading.consent_text:
            Consent.objects.bulk_create(
                Consent(
                    merchant_id=pk,
                    text_version=text,
                    granted_at=self.now,
                    valid_until=self.now + CONSENT_LIFETIME,
                )
                for pk in Merchant.objects.filter(code__in=codes).values_list("pk", flat=True)
            )

    def _count(self, *, read: int, added: int, refused: list[RefusedRow]) -> None:
        kept = MAX_REFUSED_KEPT - self.sales_import.rows_refused
        RefusedRow.objects.bulk_create(refused[: max(0, kept)])
        for name, count in {
            "rows_read": read,
            "rows_added": added,
            "rows_repeated": read - added - len(refused),
            "rows_refused": len(refused),
        }.items():
            setattr(self.sales_import, name, getattr(self.sales_import, name) + count)
        self.sales_import.save()

    def _refused(self, line: int, reason: str, detail: str = "") -> RefusedRow:
        return RefusedRow(
            sales_import=self.sales_import, line=line, reason_code=reason, detail=detail[:200]
        )


def _may_be_code(code: str) -> bool:
    return bool(_MERCHANT_CODE.fullmatch(code))
