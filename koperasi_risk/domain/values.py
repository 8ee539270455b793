"""
What a factor measured: a decimal, or a reason why there is none.

What cannot be known yet is NOT_AVAILABLE and asks for a person; what does not concern a member, such
as the arrears of somebody without a loan, is NOT_APPLICABLE and breaks no rule.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

AVAILABLE = "AVAILABLE"
NOT_AVAILABLE = "NOT_AVAILABLE"
NOT_APPLICABLE = "NOT_APPLICABLE"


class Missing(NamedTuple):
    """No value. `status` is NOT_AVAILABLE or NOT_APPLICABLE, `cause` a key of `words.CAUSES`."""

    status: str
    cause: str


Value = Decimal | Missing

NOT_COMPUTED = Missing(NOT_AVAILABLE, "not_computed")


# The same few figures come again and again in ten thousand members; equal decimals are written alike.
@lru_cache(maxsize=8192)
def plain(number: Decimal) -> str:
    """
    Write a decimal in one way only, without exponent and idle zeros.

    >>> plain(Decimal("10.500000")), plain(Decimal("1E+2")), plain(Decimal("-0.0"))
    ('10.5', '100', '0')
    """
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def encode(values: Mapping[str, Value]) -> dict[str, Any]:
    """
    Turn values into plain JSON: decimals as text, what is missing as an object.

    >>> encode({"max_dpd_current": Decimal(45), "monthly_income": Missing(NOT_AVAILABLE, "no_income")})
    {'max_dpd_current': '45', 'monthly_income': {'status': 'NOT_AVAILABLE', 'cause': 'no_income'}}
    """
    return {
        key: value._asdict() if isinstance(value, Missing) else plain(value)
        for key, value in values.items()
    }


def decode(stored: Mapping[str, Any], keys: Iterable[str] | None = None) -> dict[str, Value]:
    """Read what `encode` wrote; only some `keys` where that is enough (it is quicker)."""
    if keys is None:
        return {key: _decoded(value) for key, value in stored.items()}
    return {key: _decoded(stored[key]) for key in keys if key in stored}


def _decoded(value: Any) -> Value:
    if isinstance(value, str):
        return _number(value)
    return Missing(value["status"], value["cause"])


@lru_cache(maxsize=8192)
def _number(text: str) -> Decimal:
    return Decimal(text)
