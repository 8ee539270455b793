"""Everything that changes warnings: the scan that raises and closes them, people who review them."""

from alerts.services.reviews import (
    NoteRequired,
    WarningResolved,
    acknowledge_warning,
    review_warning,
)

__all__ = [
    "NoteRequired",
    "WarningResolved",
    "acknowledge_warning",
    "review_warning",
]
