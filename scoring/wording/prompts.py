"""What the AI is asked to write about a score, a week of the month and products, and in which shape."""

from collections.abc import Sequence
from typing import Any

CREDIT = """\
Explain the credit score of a small shop to its owner and to a bank officer. "explanation": three to \
five sentences: what the score is and its risk band, at most two strengths, at most two weaknesses, and \
what could not be measured. "recommendation": one or two sentences with one suggestion for running the \
shop that would raise the score, taken from "improvements"; without any, to go on recording each sale."""

TIMING = """\
Explain in two to four sentences why the shop's sales are best in "recommended_week" of the month: how \
that week compares with the others, how even the days are, how many complete days were looked at, and \
when that week comes next. Speak of no amounts of money and of no loan."""

PRODUCTS = """\
Tell the owner of a small shop what its products show. "performance_summary": two sentences on sales and \
revenue of the period. "top_trending_products": for each of "products", at most three, its "name" exactly \
as given and one sentence why it is named. "inventory_advice": one or two sentences on stock. \
"growth_opportunity": one or two sentences on an idea that the facts suggest."""


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 20, "maxLength": longest}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


CREDIT_SCHEMA = _object(explanation=_text(1200), recommendation=_text(600))
TIMING_SCHEMA = _object(reasoning=_text(800))


def products_schema(names: Sequence[str]) -> dict[str, Any]:
    """Return the shape of product insights, in which no other products can be named."""
    trending = _object(
        name={"type": "string", "enum": list(names)}, reason={**_text(300), "minLength": 5}
    )
    return _object(
        performance_summary=_text(600),
        top_trending_products={"type": "array", "items": trending, "maxItems": 3},
        inventory_advice=_text(500),
        growth_opportunity=_text(500),
    )
