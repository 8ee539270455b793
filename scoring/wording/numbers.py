"""Figures as the reader's language writes them: `3,5%` and `Rp 1.500.000`, or `3.5%` and `Rp 1,500,000`."""

from datetime import date
from decimal import ROUND_FLOOR, Decimal

from django.utils import formats
from django.utils.translation import get_language, ngettext

from core.money import round_half_up

Figure = Decimal | int | str

_TO_INDONESIAN = str.maketrans(",.", ".,")


def number(value: Figure, *, places: int = 1) -> str:
    """
    Write a figure with at most `places` decimals.

    >>> from django.utils.translation import override
    >>> with override("id"):
    ...     number("1234.56"), number(7)
    ('1.234,6', '7')
    """
    rounded = round_half_up(Decimal(value), places)
    whole = rounded == rounded.to_integral_value()
    text = f"{rounded:,.0f}" if whole else f"{rounded:,f}"
    return text.translate(_TO_INDONESIAN) if is_indonesian() else text


def count(value: Figure) -> str:
    """
    Write a number of sales: whole, and never up to a target that it misses; below one with a decimal.

    >>> from django.utils.translation import override
    >>> with override("id"):
    ...     count("750.7"), count("99.9"), count("0.33")
    ('750', '99', '0,3')
    """
    value = Decimal(value)
    return number(value if value < 1 else value.to_integral_value(ROUND_FLOOR))


def percent(value: Figure) -> str:
    """
    >>> from django.utils.translation import override
    >>> with override("en"):
    ...     percent("12.3456")
    '12.3%'
    """
    return f"{number(value)}%"


def days(value: Figure) -> str:
    """
    >>> from django.utils.translation import override
    >>> with override("en"):
    ...     days("1.0000"), days("2.54")
    ('1 day', '2.5 days')
    """
    text = number(value)
    # Only one is one: 1.5 are days.
    return ngettext("%(number)s day", "%(number)s days", 1 if text == "1" else 2) % {"number": text}


def rupiah(value: Figure) -> str:
    """Write an amount in whole rupiah: `Rp 1.500.000`."""
    amount = round_half_up(Decimal(value))
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp\N{NO-BREAK SPACE}{number(abs(amount), places=0)}"


def day(value: date) -> str:
    """Write a date in words: `9 Maret 2026`."""
    return formats.date_format(value, "j F Y")


def is_indonesian() -> bool:
    return (get_language() or "id").startswith("id")
