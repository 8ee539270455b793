"""What banks lend by, the applications they decide, the loans they follow, and their people's desk."""

from banking.models.desk import Notice, NoticesSeen, SavedFilter
from banking.models.loans import (
    Installment,
    LoanApplication,
    LoanTransition,
    Repayment,
)
from banking.models.objections import Objection
from banking.models.terms import LoanTerms, RepaymentMethod

__all__ = [
    "Installment",
    "LoanApplication",
    "LoanTerms",
    "LoanTransition",
    "Notice",
    "NoticesSeen",
    "Objection",
    "Repayment",
    "RepaymentMethod",
    "SavedFilter",
]
