"""
How values look to people: as Indonesians write them, or as English readers do. What is missing is a dash.

    Rp 1.500.000 · 12,5% · 21 Nov 2026 · 09.00 WIB        Rp 1,500,000 · 12.5% · 21 Nov 2026 · 09:00 WIB
"""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import formats, timezone
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.money import round_half_up

DASH = "–"
# Beyond this a date says more than "weeks ago".
RECENT = timedelta(days=7)
A_MINUTE = timedelta(minutes=1)


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


def rupiah_singkat(value) -> str:
    """Write an amount shortly, where a chart has no more room: `Rp 1,5 jt`, `Rp 2,3 M`."""
    number = _number(value)
    if number is None:
        return DASH
    size, word = next((pair for pair in _large_words() if abs(number) >= pair[0]), (1, ""))
    short = f"{angka(abs(number) / size, 1)}{word}"
    return f"{'-' if number < 0 else ''}Rp\N{NO-BREAK SPACE}{short}"


def _large_words() -> list[tuple[int, str]]:
    words = ("T", "M", "jt", "rb") if _in_indonesian() else ("tn", "bn", "m", "k")
    sizes = (10**12, 10**9, 10**6, 10**3)
    return [(size, f"\N{NO-BREAK SPACE}{word}") for size, word in zip(sizes, words, strict=True)]


def dalam(value, unit: str) -> str:
    """Write a figure in its unit: rupiah, persen or angka."""
    return {"rupiah": rupiah, "persen": persen}.get(unit, lambda number: angka(number, 1))(value)


def dalam_singkat(value, unit: str) -> str:
    """Write a figure in its unit, shortly enough for an axis."""
    return rupiah_singkat(value) if unit == "rupiah" else dalam(value, unit)


def sumbu(value, by_month: bool = False) -> str:
    """Write what stands below an axis: a day as `21 Nov`, a month as `Nov 2026`, a text as it is."""
    if not isinstance(value, date):
        return str(value)
    return formats.date_format(value, "M Y" if by_month else "j M")


def baris(value, by_month: bool = False) -> str:
    """Write what heads a row of a chart's table: like `sumbu`, but a day with its year."""
    return tanggal(value) if isinstance(value, date) and not by_month else sumbu(value, by_month)


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
    """Say when something was or will be: `3 jam lalu`, `2 hari lagi`; its day when a week or more is between."""
    if not value:
        return DASH
    now = timezone.now()
    if abs(now - value) >= RECENT:
        return tanggal(value)
    if abs(now - value) < A_MINUTE:
        return _("just now")
    if value < now:
        words = _("%(time)s ago") % {"time": timesince(value, now, depth=1)}
    else:
        words = _("in %(time)s") % {"time": timesince(now, value, depth=1)}
    return words.replace(" ", "\N{NO-BREAK SPACE}")
