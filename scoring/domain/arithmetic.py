"""
Exact arithmetic: integers until the last step, then one division and one rounding.

The caller's decimal context is somebody else's choice and may differ between threads, so
public functions of this package calculate under `@exact`, in a context of their own.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

# Squares of the widest daily totals, NUMERIC(24,2) in sen, fit 60 digits with room to spare.
CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)

# Measurements keep four decimals; points, limits and wording are taken from the rounded figure.
MEASURED = Decimal("0.0001")
RUPIAH = Decimal("0.01")
WHOLE = Decimal(1)
ZERO = Decimal(0)

P = ParamSpec("P")
R = TypeVar("R")


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` calculate with 60 digits, halves up, whatever the caller's context is."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(CONTEXT):
            return function(*args, **kwargs)

    return inside


@exact
def rounded(value: Decimal, *, step: Decimal = MEASURED) -> Decimal:
    """
    Round to a multiple of `step`, halves away from zero; never a negative zero.

    >>> rounded(Decimal("2.00005")), rounded(Decimal("-0.00004"))
    (Decimal('2.0001'), Decimal('0.0000'))
    """
    return value.quantize(step) + ZERO


@exact
def rupiah(minor: int) -> Decimal:
    """
    Turn sen into rupiah.

    >>> rupiah(1_234_567)
    Decimal('12345.67')
    """
    return Decimal(minor).scaleb(-2)


@exact
def as_points(value: Decimal) -> int:
    """
    Round points to a whole number, halves up.

    >>> as_points(Decimal("79.5")), as_points(Decimal("79.4999"))
    (80, 79)
    """
    return int(value.quantize(WHOLE))
