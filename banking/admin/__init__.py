"""The desks of banking, one module per subject."""

from banking.admin.loans import (
    InstallmentAdmin,
    LoanApplicationAdmin,
    LoanTermsAdmin,
    RepaymentAdmin,
)
from banking.admin.objections import ObjectionAdmin

__all__ = [
    "InstallmentAdmin",
    "LoanApplicationAdmin",
    "LoanTermsAdmin",
    "ObjectionAdmin",
    "RepaymentAdmin",
]
