"""Settlement statements that come as files: CSV, plain or gzip."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import BinaryIO

from core import tables
from transactions.domain.csv_rows import HeaderRefused
from transactions.domain.settlement_rows import SettlementLayout
from transactions.models import SettlementProblem, SettlementStatement
from transactions.services.imports import FileRefused
from transactions.services.settlements import Line, settle


def import_settlements(
    *,
    file: BinaryIO,
    name: str,
    now: datetime,
    renamed: Mapping[str, str] | None = None,
    by=None,
    on_refused: Callable[[list[SettlementProblem]], None] = lambda problems: None,
    on_progress: Callable[[SettlementStatement], None] = lambda statement: None,
) -> SettlementStatement:
    """
    Settle the sales that a file names; `renamed` says what it calls our columns (ours → theirs).

    See `settle`: repeating is safe. Raises FileRefused before anything is stored.
    """
    return settle(
        _lines(file, renamed or {}),
        source=SettlementStatement.Source.FILE,
        name=name,
        now=now,
        by=by,
        on_refused=on_refused,
        on_progress=on_progress,
    )


def _lines(file: BinaryIO, renamed: Mapping[str, str]) -> Iterator[Line]:
    try:
        tables.inspect(file)
        rows = tables.rows(file)
        layout = SettlementLayout.of(next(rows).cells or [], renamed=renamed)
    except tables.FileRefused as refusal:
        raise FileRefused(refusal.reason) from refusal
    except HeaderRefused as refusal:
        raise FileRefused(refusal.reason, refusal.columns) from refusal
    # Refused here and now, not when the first line is asked for.
    return (layout.line(row.line, row.cells) for row in rows)
