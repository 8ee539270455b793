"""
The words of a score: codes and figures become sentences, in Indonesian or English.

Facts only. Nothing here approves, promises or recommends a loan; that is a bank's to decide.
"""

from scoring.wording.improvements import improvement_text
from scoring.wording.products import ProductInsights, product_insights
from scoring.wording.reasons import reason_text
from scoring.wording.texts import TEMPLATE, explanation_of, recommendation_of
from scoring.wording.timing import timing_text

__all__ = [
    "TEMPLATE",
    "ProductInsights",
    "explanation_of",
    "improvement_text",
    "product_insights",
    "reason_text",
    "recommendation_of",
    "timing_text",
]
