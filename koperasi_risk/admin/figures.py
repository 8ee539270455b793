"""Figures as people write them: read, and shown so that they are read the same again."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from koperasi_risk.domain.numbers import number

# Decimals that a figure may have.
FINEST = 6
_GROUPED = {
    "id": re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?"),
    "en": re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?"),
}
_PLAIN = re.compile(r"[0-9]+([.,][0-9]+)?")


def figure(value) -> str:
    """Write a number with all its decimals, as the reader's language does."""
    return number(Decimal(str(value)), get_language() or "id", FINEST)


def read_figure(text: str, language: str) -> Decimal | None:
    """
    Read a figure as people write it; None for what is none.

    >>> read_figure("Rp1.500.000", "id"), read_figure("35,5 %", "id"), read_figure("-1,500", "en")
    (Decimal('1500000'), Decimal('35.5'), Decimal('-1500'))
    """
    bare = re.sub(r"^(-?)Rp\.?", r"\1", "".join(text.split())).removesuffix("%")
    unsigned = bare.removeprefix("-")
    thousands = "," if language.startswith("en") else "."
    if _GROUPED["en" if thousands == "," else "id"].fullmatch(unsigned):
        unsigned = unsigned.replace(thousands, "")
    elif not _PLAIN.fullmatch(unsigned):
        return None
    sign = "-" if bare.startswith("-") else ""
    return Decimal(sign + unsigned.replace(",", "."))


def _input() -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})


class FigureField(forms.CharField):
    """A number with decimals, typed as it is written in the reader's language."""

    def __init__(self, **kwargs):
        super().__init__(max_length=30, widget=_input(), **kwargs)

    def prepare_value(self, value):
        return figure(value) if isinstance(value, Decimal) else value

    def clean(self, value) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        number = read_figure(text, get_language() or "id")
        if number is None:
            raise forms.ValidationError(_("Please write a number such as 30 or 12.5."))
        return number


class AmountField(forms.DecimalField):
    """A column of rupiah or per cent, typed in the same way; it checks what the column checks."""

    def __init__(self, *, widget=None, localize=False, **kwargs):
        super().__init__(widget=_input(), **kwargs)

    def prepare_value(self, value):
        return figure(value) if isinstance(value, int | Decimal) else value

    def to_python(self, value):
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        amount = read_figure(value, get_language() or "id")
        if amount is None:
            raise forms.ValidationError(_("Please write a number such as 30 or 12.5."))
        return amount
