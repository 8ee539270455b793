"""Some rows of a file on their way into the books, and what became of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from accounts.models import User
from koperasi_risk.domain.imports.tables import Refusal, Values
from koperasi_risk.models import Tenant


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
    # What earlier rows of the file have taken.
    niks: dict[str, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.tenant.today(self.now)


def differing(values: Values, stored: Values, names: Iterable[str]) -> Values:
    """Return what a row says otherwise than the books; what it does not say stays."""
    return {name: values[name] for name in names if name in values and values[name] != stored[name]}
