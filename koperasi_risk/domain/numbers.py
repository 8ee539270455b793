"""
Figures as people read them: `45 hari`, `35%`, `Rp 1.500.000`, `2 pinjaman`, `12,5 poin`.

Rupiah are whole, other figures have two decimals at most, and only where they say something. Two figures
that differ are never written alike: 35.001% against a limit of 35% keeps its third decimal.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

from koperasi_risk.domain import words

PLACES = 2
MOST_PLACES = 12
# Wide enough for any figure with all its places, whatever the caller's context is.
CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_TO_INDONESIAN = str.maketrans(",.", ".,")


def number(value: Decimal, language: str = "id", places: int = PLACES) -> str:
    """
    Write a number with grouped thousands and at most `places` decimals.

    >>> number(Decimal("1234.50")), number(Decimal("1234.50"), "en"), number(Decimal("-0.001"))
    ('1.234,5', '1,234.5', '0')
    """
    text = f"{CONTEXT.quantize(value, Decimal(1).scaleb(-places)):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text == "-0":
        text = "0"
    return text if language.startswith("en") else text.translate(_TO_INDONESIAN)


def usual_places(unit: str) -> int:
    return 0 if unit == "rupiah" else PLACES


def measured(unit: str, value: Decimal, language: str = "id", places: int | None = None) -> str:
    """
    Write a figure in its unit.

    >>> measured("rupiah", Decimal("-1500000")), measured("days", Decimal(1), "en")
    ('-Rp\\xa01.500.000', '1 day')
    """
    if unit == "flag" and value in (0, 1):
        return words.said(words.YES if value else words.NO, language)
    if unit == "rupiah" and value < 0:
        return "-" + measured(unit, -value, language, places)
    text = number(value, language, usual_places(unit) if places is None else places)
    if language.startswith("en") and abs(value) == 1 and unit in words.ONE:
        return words.ONE[unit].format(text)
    return words.said(words.UNITS[unit], language).format(text)


def measured_apart(
    unit: str, value: Decimal, limit: Decimal, language: str = "id"
) -> tuple[str, str]:
    """
    Write a figure and its limit, with as many decimals as tell them apart.

    >>> measured_apart("percent", Decimal("35.001"), Decimal(35))
    ('35,001%', '35%')
    """
    for places in range(usual_places(unit), MOST_PLACES + 1):
        pair = (
            measured(unit, value, language, places),
            measured(unit, limit, language, places),
        )
        if pair[0] != pair[1]:
            break
    return pair
