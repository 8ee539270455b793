"""
How values look to people: as Indonesians write them, or as English readers do. What is missing is a dash.

    Rp 1.500.000 · 12,5% · 21 Nov 2026 · 09.00 WIB        Rp 1,500,000 · 12.5% · 21 Nov 2026 · 09:00 WIB
"""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import formats, timezone
from django.utils.translation import get_language

from core.money import round_half_up

DASH = "–"
# Beyond this a date says more than "weeks ago".
RECENT = timedelta(days=7)


def _in_indonesian() -> bool:
    return not (get_language() or "id").startswith("en")


def _number(value) -> Decimal | None:
    """Read a number; None for what is none, an empty text and NaN included."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _written(number: Decimal) -> str:
    """Group thousands and mark decimals as the reader's language does."""
    english = f"{number:,f}"
    return english.translate(str.maketrans(",.", ".,")) if _in_indonesian() else english


def rupiah(value) -> str:
    """Write an amount in whole rupiah: `Rp 1.500.000`, `-Rp 50.000`."""
    number = _number(value)
    if number is None:
        return DASH
    whole = round_half_up(number)
    sign = "-" if whole < 0 else ""
    return f"{sign}Rp\N{NO-BREAK SPACE}{_written(abs(whole))}"


def angka(value, places: int = 0) -> str:
    """Write a number with at most `places` decimals: `1.234`, `0,5`."""
    number = _number(value)
    return DASH if number is None else _written(_short(number, places))


def persen(value, places: int = 1) -> str:
    """Write a percentage (0–100) with at most `places` decimals: `12,5%`, `50%`."""
    number = _number(value)
    return DASH if number is None else f"{_written(_short(number, places))}%"


def _short(number: Decimal, places: int) -> Decimal:
    rounded = round_half_up(number, places)
    whole = rounded.to_integral_value()
    return (whole if rounded == whole else rounded.normalize()) or Decimal(0)


def tanggal(value: date | datetime | None) -> str:
    """Write a day: `21 Nov 2026`; an instant becomes its day in the reader's time zone."""
    if not value:
        return DASH
    day = timezone.localtime(value) if isinstance(value, datetime) else value
    return formats.date_format(day, "j M Y")


def jam(value: datetime | None) -> str:
    """Write a time of day in the reader's time zone: `09.00 WIB`."""
    if not value:
        return DASH
    local = timezone.localtime(value)
    mark = "." if _in_indonesian() else ":"
    return f"{local:%H}{mark}{local:%M} {local:%Z}"


def kapan(value: datetime | None) -> str:
    """Say when something was, as people do: `3 jam yang lalu`; its day when that is a week ago or more."""
    if not value:
        return DASH
    return tanggal(value) if abs(timezone.now() - value) >= RECENT else naturaltime(value)
