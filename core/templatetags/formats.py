"""How values look on our pages, in Indonesian form."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import formats, timezone

from core.money import round_half_up

register = template.Library()


@register.filter
def rupiah(value) -> str:
    """Write an amount as people do: `Rp 1.500.000`, `-Rp 50.000`; a dash when there is none."""
    if value in (None, ""):
        return "–"
    whole = int(round_half_up(Decimal(value)))
    sign = "-" if whole < 0 else ""
    return f"{sign}Rp\N{NO-BREAK SPACE}{abs(whole):,}".replace(",", ".")


@register.filter
def tanggal(value: date | datetime | None) -> str:
    """Write a day: `21 Nov 2026`; an instant becomes its day in the reader's time zone."""
    if not value:
        return "–"
    day = timezone.localtime(value) if isinstance(value, datetime) else value
    return formats.date_format(day, "j M Y")


@register.filter
def jam(value: datetime | None) -> str:
    """Write a time of day in the reader's time zone: `09.00 WIB`."""
    if not value:
        return "–"
    local = timezone.localtime(value)
    return f"{local:%H.%M} {local:%Z}"


@register.filter
def persen(value, places: int = 1) -> str:
    """Write a percentage with at most one decimal: `12,5%`, `50%`."""
    if value in (None, ""):
        return "–"
    text = f"{round_half_up(Decimal(str(value)), places):f}"
    return f"{text.removesuffix('.0').replace('.', ',')}%"
