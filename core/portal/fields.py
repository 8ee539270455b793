"""What people type on pages: amounts, days, words to search for."""

import re
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import CENT, MAX_AMOUNT

ALL = ("", _("All"))
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
_CURRENCY = re.compile(r"^(rp\.?|idr)", re.IGNORECASE)
# Groups of exactly three digits are thousands, one or two at the end are sen.
_INDONESIAN = re.compile(r"([0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,([0-9]{1,2}))?")
_ENGLISH = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?")


def read_rupiah(text: str) -> Decimal | None:
    """
    Read an amount; None for what is none. A point never stands before a fraction.

    >>> [str(read_rupiah(text)) for text in ("1500000", "1.500.000", "Rp1.500.000", "Rp 1.500,5")]
    ['1500000', '1500000', '1500000', '1500.5']
    >>> read_rupiah("1.500"), read_rupiah("1,500"), read_rupiah("1.50"), read_rupiah("seribu")
    (Decimal('1500'), Decimal('1500'), None, None)
    """
    plain = _CURRENCY.sub("", "".join(text.split()))
    found = _INDONESIAN.fullmatch(plain) or _ENGLISH.fullmatch(plain)
    if not found:
        return None
    whole, sen = found.groups()
    return Decimal(re.sub("[.,]", "", whole) + (f".{sen}" if sen else ""))


def write_rupiah(amount: Decimal) -> str:
    """
    Write an amount so that its field reads it back.

    >>> write_rupiah(Decimal("1500000.00")), write_rupiah(Decimal("1500.50"))
    ('1.500.000', '1.500,50')
    """
    exact = amount.quantize(CENT if amount % 1 else Decimal(1))
    return f"{exact:,f}".translate(str.maketrans(",.", ".,"))


class AmountField(forms.CharField):
    """Rupiah, more than 0: `1500000`, `1.500.000` or `Rp1.500.000`."""

    default_error_messages = {
        "unreadable": _("Please write an amount such as 1500000 or 1.500.000."),
        "too_small": _("The amount must be more than 0."),
        "too_large": _("This amount is too large."),
    }

    def __init__(self, **kwargs):
        super().__init__(max_length=40, **kwargs)

    def prepare_value(self, value):
        """Show an amount that was read in the way people write it."""
        amount = value if isinstance(value, Decimal) else read_rupiah(value or "")
        is_readable = amount is not None and amount <= MAX_AMOUNT
        return write_rupiah(amount) if is_readable else value

    def clean(self, value) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        amount = read_rupiah(text)
        if amount is None:
            raise self._refusal("unreadable")
        if amount <= 0:
            raise self._refusal("too_small")
        if amount > MAX_AMOUNT:
            raise self._refusal("too_large")
        return amount

    def _refusal(self, code: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code)


class DayField(forms.DateField):
    """A day, as a browser's own calendar sends it."""

    widget = forms.DateInput(attrs={"type": "date"})

    def __init__(self, **kwargs):
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **kwargs)
        self.widget.input_type = "date"

    def clean(self, value) -> date | None:
        day = super().clean(value)
        if day and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


def search_field() -> forms.CharField:
    return forms.CharField(label=_("Search"), required=False, max_length=100)
