"""How values look on our pages, in Indonesian form."""

from decimal import Decimal

from django import template

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
