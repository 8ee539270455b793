"""What else the sales tell: the best week for a loan, and which products sell."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core.charts import BarChart, bar_chart
from merchants.models import Merchant
from merchants.portal.texts import products_card, timing_card
from scoring.domain.timing import LoanTiming
from scoring.selectors import loan_timing_of, product_facts


def insights_of(merchant: Merchant, *, reader: User, now: datetime) -> dict:
    """Return the facts, and the cards that tell them in words; no timing from too few sales."""
    timing = loan_timing_of(merchant, now=now)
    facts = product_facts(merchant, now=now)
    return {
        "timing": timing,
        "timing_card": timing_card(merchant, timing, reader=reader) if timing else None,
        "timing_chart": _weeks(timing) if timing else None,
        "products_card": products_card(merchant, facts, reader=reader, now=now),
    }


def _weeks(timing: LoanTiming) -> BarChart | None:
    return bar_chart(
        [
            (_("Week %(number)s") % {"number": number}, mean)
            for number, mean in enumerate(timing.week_means, start=1)
        ],
        name=_("Average revenue per day"),
        unit="rupiah",
    )
