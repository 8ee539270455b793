"""Everything that changes warnings: the scan that raises and closes them, people who review them."""

from alerts.services.reviews import (
    NoteRequired,
    WarningResolved,
    acknowledge_warning,
    review_warning,
)
from alerts.services.scanning import ScanReport, scan, thresholds_in_force

__all__ = [
    "NoteRequired",
    "ScanReport",
    "WarningResolved",
    "acknowledge_warning",
    "review_warning",
    "scan",
    "thresholds_in_force",
]
