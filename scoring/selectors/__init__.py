"""Questions about scores and what they are measured from."""

from scoring.selectors.dashboard import Dashboard, dashboard_of
from scoring.selectors.products import (
    ProductFacts,
    product_facts,
    product_facts_of_complete_days,
)
from scoring.selectors.scores import latest_score, newest_of, score_history, shop_with_newest
from scoring.selectors.series import historical_series_of, series_of
from scoring.selectors.timing import loan_timing_of
from scoring.selectors.what_if import supposed_card

__all__ = [
    "Dashboard",
    "ProductFacts",
    "dashboard_of",
    "historical_series_of",
    "latest_score",
    "loan_timing_of",
    "newest_of",
    "product_facts",
    "product_facts_of_complete_days",
    "score_history",
    "series_of",
    "shop_with_newest",
    "supposed_card",
]
