"""Early warnings, what became of them, and each bank's own view of them."""

from alerts.models.warnings import BankReview, EarlyWarning, WarningStep

__all__ = ["BankReview", "EarlyWarning", "WarningStep"]
