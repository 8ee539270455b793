"""Questions about early warnings, and the windows that they are found in."""

from alerts.selectors.board import (
    ORDERS,
    BoardCounts,
    BoardFilter,
    BoardPage,
    board,
    board_counts,
)
from alerts.selectors.trend import TrendMonth, monthly_trend
from alerts.selectors.warnings import (
    NEW,
    WarningNotFound,
    open_warnings,
    seen_by,
    warning_of,
    warnings_of,
    warnings_on_file,
    with_standing,
)

__all__ = [
    "NEW",
    "ORDERS",
    "BoardCounts",
    "BoardFilter",
    "BoardPage",
    "TrendMonth",
    "WarningNotFound",
    "board",
    "board_counts",
    "monthly_trend",
    "open_warnings",
    "seen_by",
    "warning_of",
    "warnings_of",
    "warnings_on_file",
    "with_standing",
]
