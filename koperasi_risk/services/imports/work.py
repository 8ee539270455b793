"""
One reading of a file, from its first row to its last: tried, or taken in.

Each batch is a transaction of its own in the koperasi's scope. A crash leaves whole batches; reading the
file again adds the rest, because rows are known by their own numbers. Rows that wait for others (`Table.waits`)
make the last batches, so that they are judged by all that the file says.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import itemgetter
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
from koperasi_risk.services.imports.installments import oddities, take_installments
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

    Problems of an earlier reading are replaced; what somebody should look at is kept among them.
    Call it outside of scopes; `on_progress` is called between batches, and what it raises ends the
    work. Raises FileRefused.
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
    for waiting in reading.waiting_batches():
        reading.store(waiting)
        on_progress(reading.tally)
    reading.note_oddities()
    return reading.tally


@dataclass
class _Reading:
    course: Course
    data_import: DataImport
    table: Table
    layout: Layout
    tally: Tally = field(default_factory=Tally)
    seen: set[tuple] = field(default_factory=set)
    waiting: list[Row] = field(default_factory=list)

    def take(self, batch: list[FileRow]) -> None:
        read, refused = self._parsed(batch)
        waits = self.table.waits
        self.waiting += [row for row in read if waits(row.values) is not None]
        self.store([row for row in read if waits(row.values) is None], refused, len(batch))

    def waiting_batches(self) -> Iterator[list[Row]]:
        rows = sorted(self.waiting, key=lambda row: (self.table.waits(row.values), row.line))
        for start in range(0, len(rows), BATCH):
            yield rows[start : start + BATCH]

    def store(
        self, rows: list[Row], refused: Sequence[tuple[int, Refusal]] = (), read: int = 0
    ) -> None:
        # Somebody may add one of the rows by hand meanwhile: then it is known the second time.
        for is_last in (False, True):
            course = self.course.copy()
            try:
                self._store(course, rows, refused, read)
            except IntegrityError:
                if is_last:
                    raise
            else:
                self.course = course
                return

    def note_oddities(self) -> None:
        with tenant_scope(self.course.tenant.pk):
            self._keep(sorted(oddities(self.course), key=itemgetter(0)), room=MAX_PROBLEMS)

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

    def _store(
        self, course: Course, rows: list[Row], refused: Sequence[tuple[int, Refusal]], read: int
    ) -> None:
        with tenant_scope(course.tenant.pk):
            outcome = TAKERS[self.data_import.kind](course, rows)
            if not course.is_trial:
                note_change(course.tenant, outcome.members, now=course.now)
            problems = sorted([*refused, *outcome.refused], key=itemgetter(0))
            self._keep(problems, room=max(0, MAX_PROBLEMS - self.tally.refused))
        lines = {line for line, _problem in problems}
        self.tally.count(read, outcome, len(lines))

    def _keep(self, problems: list[tuple[int, Refusal]], *, room: int) -> None:
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
