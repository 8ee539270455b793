"""Some rows of a file on their way into the books, and what became of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from accounts.models import User
from koperasi_risk.domain.imports.loans import Schedule
from koperasi_risk.domain.imports.tables import Refusal, Values
from koperasi_risk.models import Tenant

# A member and a kind of savings.
Account = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be read: the line it is on, and what it says."""

    line: int
    values: Values


@dataclass
class Outcome:
    """What became of rows, or would."""

    added: int = 0
    changed: int = 0
    same: int = 0
    refused: list[tuple[int, Refusal]] = field(default_factory=list)
    members: set[int] = field(default_factory=set)

    def refuse(self, row: Row, reason: str, column: str = "", found: object = "") -> None:
        self.refused.append((row.line, Refusal(reason, column, str(found)[:60])))


@dataclass
class Course:
    """One reading of a file: for whom, when, and whether anything is stored."""

    tenant: Tenant
    by: User
    now: datetime
    is_trial: bool
    # What earlier rows of the file have taken, what a trial of them would add to accounts, and the
    # schedules that they change.
    niks: dict[str, int] = field(default_factory=dict)
    added: dict[Account, Decimal] = field(default_factory=dict)
    schedules: dict[int, Schedule] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.tenant.today(self.now)

    def copy(self) -> "Course":
        """Return one to go on with, whose rows may yet come to nothing."""
        return replace(
            self, niks=dict(self.niks), added=dict(self.added), schedules=dict(self.schedules)
        )


def differing(values: Values, stored: Values, names: Iterable[str]) -> Values:
    """Return what a row says otherwise than the books; what it does not say stays."""
    return {name: values[name] for name in names if name in values and values[name] != stored[name]}
