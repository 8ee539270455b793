"""Early warnings, what became of them, and each bank's own view of them."""

from alerts.models.warnings import BankReview, EarlyWarning, Severity, WarningStep

__all__ = ["BankReview", "EarlyWarning", "Severity", "WarningStep"]
