"""Judge again from what a judgement stored, and compare: the same facts and rules give the same bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from koperasi_risk.domain import reasons, records
from koperasi_risk.models import LoanCheck, RiskAssessment
from koperasi_risk.services.loan_checks import override_reason


@dataclass(frozen=True)
class Difference:
    """One figure of a stored judgement that comes out otherwise."""

    row: RiskAssessment | LoanCheck
    field: str
    stored: Any
    recomputed: Any


def differences_in(rows: Iterable[RiskAssessment | LoanCheck]) -> Iterator[Difference]:
    """Yield what differs, in the order of `rows`; one that cannot be judged differs, too."""
    for row in rows:
        try:
            recomputed = _recomputed(row)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with it is what is asked for)
            yield Difference(row, "lines", "", repr(error))
        else:
            for field, value in recomputed.items():
                if getattr(row, field) != value:
                    yield Difference(row, field, getattr(row, field), value)


def _recomputed(row: RiskAssessment | LoanCheck) -> dict[str, Any]:
    assessment = records.replay(row.lines, row.seen)
    judged = {
        "score": assessment.rounded_score,
        "decision": assessment.decision,
        "reasons": reasons.reasons(assessment),
        "lines": records.to_json(assessment.lines),
        "ruleset_hash": assessment.ruleset_hash,
    }
    override = getattr(row, "override", None)
    if override:
        judged["decision"] = override.went_to
        judged["reasons"].insert(0, override_reason(override))
    return judged
