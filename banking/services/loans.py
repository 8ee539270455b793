"""Everything that bank people do with loans."""

from banking.services.applications import edit_application, make_application
from banking.services.moves import move_application
from banking.services.repayments import record_repayment

__all__ = ["edit_application", "make_application", "move_application", "record_repayment"]
