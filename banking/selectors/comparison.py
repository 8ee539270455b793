"""Two to four merchants side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from alerts.models import EarlyWarning, Severity
from alerts.selectors import seen_by
from banking.selectors.directory import DirectoryRow, directory_rows
from merchants.models import Merchant
from scoring.models import CreditScore


@dataclass(frozen=True)
class Compared:
    """One column. Without `row` the merchant does not exist or did not consent, which look alike."""

    code: str
    row: DirectoryRow | None = None
    score: CreditScore | None = None
    warnings: Sequence[EarlyWarning] = field(default_factory=tuple)


def compared(user: User, *, codes: Sequence[str], now: datetime) -> list[Compared]:
    """Return one column for each code, in their order, with four statements."""
    seen = Merchant.objects.visible_to(user).filter(code__in=codes)
    ids = dict(seen.values_list("code", "pk"))
    rows = {row.code: row for row in directory_rows(user, ids=list(ids.values()), now=now)}
    scores = CreditScore.objects.defer("series").in_bulk(
        [row.score_id for row in rows.values() if row.score_id]
    )
    warnings = _warnings(user, list(ids.values()))
    return [_column(code, rows.get(code), scores, warnings) for code in codes]


def _column(code: str, row: DirectoryRow | None, scores: dict, warnings: dict) -> Compared:
    if row is None:
        return Compared(code)
    return Compared(code, row, scores.get(row.score_id), warnings.get(row.id, ()))


def _warnings(user: User, merchants: list[int]) -> dict[int, list[EarlyWarning]]:
    found: dict[int, list[EarlyWarning]] = {}
    open_ones = seen_by(user).filter(merchant__in=merchants, status=EarlyWarning.Status.OPEN)
    gravest_first = sorted(
        open_ones.order_by("-detected_at", "-pk"),
        key=lambda each: Severity.values.index(each.severity),
    )
    for warning in gravest_first:
        found.setdefault(warning.merchant_id, []).append(warning)
    return found
