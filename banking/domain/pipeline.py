"""
The way of a loan application, and who may move it.

    Draft → Submitted → Under review → Approved → Disbursed
                                     → Rejected
    Submitted → Draft: back to its maker, with a note that says why

Maker and checker: bank people make and submit; an approver of the same bank, who neither made nor
submitted it, takes it under review and decides. After approval any of the bank's people pay it out.

Source: bank API contract (pipeline, transitions), screens S5 (maker-checker, "Kembalikan").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DRAFT, SUBMITTED, UNDER_REVIEW = "DRAFT", "SUBMITTED", "UNDER_REVIEW"
APPROVED, REJECTED, DISBURSED = "APPROVED", "REJECTED", "DISBURSED"
STATUSES = (DRAFT, SUBMITTED, UNDER_REVIEW, APPROVED, REJECTED, DISBURSED)
WAITING = (SUBMITTED, UNDER_REVIEW)
DECISIONS = (APPROVED, REJECTED)

OFFICER, APPROVER = "BANK_OFFICER", "BANK_APPROVER"
ANYBODY = frozenset({OFFICER, APPROVER})


@dataclass(frozen=True)
class Move:
    """What one step asks of whoever takes it."""

    roles: frozenset[str]
    # Neither who made nor who submitted the application.
    by_another: bool = False
    needs_notes: bool = False
    needs_consent: bool = False


MOVES: Mapping[tuple[str, str], Move] = MappingProxyType(
    {
        (DRAFT, SUBMITTED): Move(ANYBODY, needs_consent=True),
        (SUBMITTED, DRAFT): Move(ANYBODY, needs_notes=True),
        (SUBMITTED, UNDER_REVIEW): Move(frozenset({APPROVER}), by_another=True),
        (UNDER_REVIEW, APPROVED): Move(frozenset({APPROVER}), by_another=True, needs_consent=True),
        (UNDER_REVIEW, REJECTED): Move(frozenset({APPROVER}), by_another=True, needs_notes=True),
        (APPROVED, DISBURSED): Move(ANYBODY),
    }
)


def next_statuses(status: str, *, role: str, is_maker: bool) -> tuple[str, ...]:
    """
    Return where a person of this role may move an application to; `is_maker` says they made or
    submitted it.

    >>> next_statuses(UNDER_REVIEW, role=APPROVER, is_maker=False)
    ('APPROVED', 'REJECTED')
    >>> next_statuses(UNDER_REVIEW, role=APPROVER, is_maker=True)
    ()
    """
    return tuple(
        to
        for (came_from, to), move in MOVES.items()
        if came_from == status and role in move.roles and not (is_maker and move.by_another)
    )
