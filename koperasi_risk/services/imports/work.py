"""
One reading of a file, from its first row to its last: tried, or taken in.

Each batch is a transaction of its own in the koperasi's scope. A crash leaves whole batches; reading the
file again adds the rest, because rows are known by their own numbers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.db import IntegrityError

from accounts.models import User
from core.tenancy import tenant_scope
from koperasi_risk.domain.imports.loans import INSTALLMENTS, LOANS
from koperasi_risk.domain.imports.members import MEMBERS
from koperasi_risk.domain.imports.savings import SAVINGS
from koperasi_risk.domain.imports.tables import Layout, Refusal, Table
from koperasi_risk.models import DataImport, ImportProblem, Tenant
from koperasi_risk.services.changes import note_change
from koperasi_risk.services.imports.batch import Course, Outcome, Row
from koperasi_risk.services.imports.installments import take_installments
from koperasi_risk.services.imports.loans import take_loans
from koperasi_risk.services.imports.members import take_members
from koperasi_risk.services.imports.opening import FileRow, open_rows
from koperasi_risk.services.imports.savings import take_savings

BATCH = 2_000
# Refused rows that are kept, with their reasons.
MAX_PROBLEMS = 10_000
Kind = DataImport.Kind
TABLES: dict[str, Table] = {
    Kind.MEMBERS: MEMBERS,
    Kind.SAVINGS: SAVINGS,
    Kind.LOANS: LOANS,
    Kind.INSTALLMENTS: INSTALLMENTS,
}
TAKERS: dict[str, Callable[[Course, list[Row]], Outcome]] = {
    Kind.MEMBERS: take_members,
    Kind.SAVINGS: take_savings,
    Kind.LOANS: take_loans,
    Kind.INSTALLMENTS: take_installments,
}


@dataclass
class Tally:
    """How many rows were read, and what became of them."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0

    def count(self, read: int, outcome: Outcome, refused: int) -> None:
        self.rows += read
        self.added += outcome.added
        self.changed += outcome.changed
        self.same += outcome.same
        self.refused += refused


def read_through(
    *,
    file: BinaryIO,
    data_import: DataImport,
    by: User,
    now: datetime,
    is_trial: bool,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """
    Read a file to its end and say what became of its rows; store them unless this is a trial.

    Problems of an earlier reading are replaced. Call it outside of scopes; `on_progress` is called
    between batches, and what it raises ends the work. Raises FileRefused.
    """
    table = TABLES[data_import.kind]
    layout, rows = open_rows(file, table)
    with tenant_scope(data_import.tenant_id):
        tenant = Tenant.objects.get(pk=data_import.tenant_id)
        ImportProblem.objects.of(tenant).filter(data_import=data_import).delete()
    reading = _Reading(Course(tenant, by, now, is_trial), data_import, table, layout)
    while batch := list(islice(rows, BATCH)):
        reading.take(batch)
        on_progress(reading.tally)
    return reading.tally


@dataclass
class _Reading:
    course: Course
    data_import: DataImport
    table: Table
    layout: Layout
    tally: Tally = field(default_factory=Tally)
    seen: set[tuple] = field(default_factory=set)

    def take(self, batch: list[FileRow]) -> None:
        read, refused = self._parsed(batch)
        # Somebody may add one of the rows by hand meanwhile: then it is known the second time.
        for is_last in (False, True):
            niks = dict(self.course.niks)
            try:
                self._store(read, refused, len(batch))
            except IntegrityError:
                self.course.niks = niks
                if is_last:
                    raise
            else:
                return

    def _parsed(self, batch: list[FileRow]) -> tuple[list[Row], list[tuple[int, Refusal]]]:
        good, refused = [], []
        for row in batch:
            faults = [(row.line, fault) for fault in self._read(row, good)]
            refused.extend(faults)
        return good, refused

    def _read(self, row: FileRow, good: list[Row]) -> Iterator[Refusal]:
        if row.cells is None:
            yield Refusal("malformed")
            return
        values, faults = self.layout.read(row.cells)
        faults = faults or self.table.agree(values, self.course.today)
        key = () if faults else self.table.key_of(values)
        if key and key in self.seen:
            faults = [Refusal("repeated_row", self._key_column, str(key[-1]))]
        if faults:
            yield from faults
            return
        self.seen.add(key)
        good.append(Row(row.line, values))

    @property
    def _key_column(self) -> str:
        return next(
            column.name for column in self.table.columns if column.field == self.table.key[-1]
        )

    def _store(self, rows: list[Row], refused: list[tuple[int, Refusal]], read: int) -> None:
        course = self.course
        with tenant_scope(course.tenant.pk):
            outcome = TAKERS[self.data_import.kind](course, rows)
            if not course.is_trial:
                note_change(course.tenant, outcome.members, now=course.now)
            problems = sorted([*refused, *outcome.refused], key=lambda problem: problem[0])
            self._keep(problems)
        lines = {line for line, _problem in problems}
        self.tally.count(read, outcome, len(lines))

    def _keep(self, problems: list[tuple[int, Refusal]]) -> None:
        room = max(0, MAX_PROBLEMS - self.tally.refused)
        ImportProblem.objects.bulk_create(
            ImportProblem(
                tenant=self.course.tenant,
                data_import=self.data_import,
                line=line,
                column=problem.column[:60],
                reason_code=problem.reason,
                found=problem.found,
            )
            for line, problem in problems[:room]
        )
