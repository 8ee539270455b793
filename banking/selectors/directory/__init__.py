"""
The merchants that a bank's people look through: by any filter, in any order, page after page.

Two statements make a page. The first finds and counts who matches, and takes the next few in order;
the second reads what the list shows of those. A cursor is the place of the row before the page.
"""

from banking.selectors.directory.choices import Choices, directory_choices
from banking.selectors.directory.filters import TREND_POINTS, DirectoryFilter, is_personal
from banking.selectors.directory.pages import DirectoryPage, directory_page, matching_ids
from banking.selectors.directory.rows import DirectoryRow, directory_rows
from banking.selectors.directory.sorts import SORTS

__all__ = [
    "SORTS",
    "TREND_POINTS",
    "Choices",
    "DirectoryFilter",
    "DirectoryPage",
    "DirectoryRow",
    "directory_choices",
    "directory_page",
    "directory_rows",
    "is_personal",
    "matching_ids",
]
