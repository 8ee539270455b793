"""When in the month a merchant sells best."""

from datetime import datetime

from merchants.models import Merchant
from scoring.domain.timing import LoanTiming, loan_timing
from scoring.selectors.series import series_of


def loan_timing_of(merchant: Merchant, *, now: datetime) -> LoanTiming | None:
    """Return the facts on timing from the sales of now; None when they are too few."""
    return loan_timing(series_of([merchant.pk], as_of=now)[merchant.pk])
