"""
Rupiah: exact decimals in major units, rounded once, halves up.

    >>> round_half_up(Decimal("2.5"))
    Decimal('3')
    >>> to_minor(Decimal("1500.25"))
    150025
"""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
# The largest amount that the API accepts for one sale.
MAX_AMOUNT = Decimal("9999999999999.99")


def round_half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round `value` to `places` decimals, halves away from zero, as people in banks do."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal) -> int:
    """
    Turn rupiah into sen. Raises ValueError for an amount finer than one sen.
    """
    minor = amount.scaleb(2)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} is finer than one sen")
    return int(minor)


def from_minor(minor: int) -> Decimal:
    """Turn sen into rupiah with two decimals."""
    return Decimal(minor).scaleb(-2).quantize(CENT)
