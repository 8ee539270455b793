"""What counts as trouble at a shop, in plain Python: windows in, findings out."""

from alerts.domain.detectors import DETECTORS, KINDS, Finding, Thresholds, Verdict, judge
from alerts.domain.windows import (
    PAST_DAYS,
    RECENT_DAYS,
    WINDOW_DAYS,
    Halves,
    Pair,
    Sample,
    Settlement,
    Windows,
)

__all__ = [
    "DETECTORS",
    "KINDS",
    "PAST_DAYS",
    "RECENT_DAYS",
    "WINDOW_DAYS",
    "Finding",
    "Halves",
    "Pair",
    "Sample",
    "Settlement",
    "Thresholds",
    "Verdict",
    "Windows",
    "judge",
]
