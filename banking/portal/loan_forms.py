"""What bank people type about applications and loans."""

import re
from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from banking.models import RepaymentMethod
from core.formats import angka
from core.portal.fields import AmountField, DayField
from core.portal.forms import FallibleForm, OnceForm

MAX_REASONS = 4
MAX_TENOR = 120
_RATE = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?%?")


class RateField(forms.CharField):
    """Per cent a year: `12`, `12,5` or `12.5%`."""

    default_error_messages = {
        "unreadable": _("Please write a rate such as 12 or 12.5."),
        "too_large": _("The rate may be at most 100%."),
    }

    def __init__(self, **kwargs):
        super().__init__(max_length=8, **kwargs)

    def prepare_value(self, value):
        return angka(value, 2) if isinstance(value, Decimal) else value

    def clean(self, value) -> Decimal | None:
        text = "".join(super().clean(value).split())
        if not text:
            return None
        found = _RATE.fullmatch(text)
        if not found:
            raise forms.ValidationError(self.error_messages["unreadable"], code="unreadable")
        rate = Decimal(f"{found[1]}.{found[2] or 0}")
        if rate > 100:
            raise forms.ValidationError(self.error_messages["too_large"], code="too_large")
        return rate


def tenor_field(**kwargs) -> forms.IntegerField:
    return forms.IntegerField(label=_("Tenor (months)"), min_value=1, max_value=MAX_TENOR, **kwargs)


class BankForm(FallibleForm):
    """A form whose fields have Indonesian names, as addresses and the product's pages do."""

    FIELDS = {
        "amount": "plafon",
        "approved_amount": "plafon",
        "disbursed_amount": "plafon",
        "tenor_months": "tenor",
        "yearly_rate_percent": "bunga",
        "method": "metode",
        "purpose": "tujuan",
        "notes": "catatan",
        "reasons": "alasan",
        "reference": "rujukan",
        "paid_on": "tanggal",
    }


class LoanForm(BankForm):
    """The terms that an application asks for."""

    plafon = AmountField(label=_("Limit (Rp)"))
    tenor = tenor_field()
    bunga = RateField(label=_("Interest (% a year)"))
    metode = forms.ChoiceField(label=_("Repayment"), choices=RepaymentMethod)
    tujuan = forms.CharField(label=_("Purpose"), max_length=200, required=False)

    @property
    def terms(self) -> dict:
        """What was typed, in the words of the services."""
        typed = self.cleaned_data
        return {
            "amount": typed["plafon"],
            "tenor_months": typed["tenor"],
            "yearly_rate_percent": typed["bunga"],
            "method": typed["metode"],
            "purpose": typed["tujuan"],
        }


class NewLoanForm(LoanForm, OnceForm):
    """An application that is not there yet: sent twice, it becomes one."""

    merchant = forms.CharField(widget=forms.HiddenInput, max_length=50)

    @property
    def application_code(self) -> str:
        return f"LA-{self.cleaned_data['code'].hex[:16].upper()}"


class VersionedForm(BankForm):
    """Carries the version that the person saw when they began."""

    versi = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class DraftForm(LoanForm, VersionedForm):
    """A draft that is written on."""


class StepForm(VersionedForm):
    """A step of an application, and what the one who takes it has to say."""

    catatan = forms.CharField(label=_("Notes"), required=False, max_length=2000)
    sandi = forms.CharField(
        label=_("Your password"), required=False, widget=forms.PasswordInput, max_length=128
    )

    def __init__(self, *args, prefix_id: str, **kwargs):
        # Several steps stand on one page: their fields need names of their own there.
        super().__init__(*args, auto_id=f"id_{prefix_id.lower()}_%s", **kwargs)

    @property
    def detail(self) -> dict:
        """What was typed, in the words of the service."""
        return {"notes": self.cleaned_data["catatan"]}


class ApproveForm(StepForm):
    plafon = AmountField(label=_("Approved limit (Rp)"))
    tenor = tenor_field()
    bunga = RateField(label=_("Interest (% a year)"))

    @property
    def detail(self) -> dict:
        typed = self.cleaned_data
        return super().detail | {
            "approved_amount": typed["plafon"],
            "tenor_months": typed["tenor"],
            "yearly_rate_percent": typed["bunga"],
        }


class RejectForm(StepForm):
    alasan = forms.MultipleChoiceField(label=_("Main reasons"), choices=())

    def __init__(self, *args, reasons: Iterable[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["alasan"].choices = list(reasons)
        self.fields["catatan"].required = True

    def clean_alasan(self):
        chosen = self.cleaned_data["alasan"]
        if len(chosen) > MAX_REASONS:
            raise forms.ValidationError(
                _("Please choose at most %(count)d reasons."), params={"count": MAX_REASONS}
            )
        return chosen

    @property
    def detail(self) -> dict:
        return super().detail | {"reasons": tuple(self.cleaned_data["alasan"])}


class DisburseForm(StepForm):
    plafon = AmountField(label=_("Disbursed amount (Rp)"))

    @property
    def detail(self) -> dict:
        return super().detail | {"disbursed_amount": self.cleaned_data["plafon"]}


class RepaymentForm(BankForm):
    """Money that came back."""

    FIELDS = BankForm.FIELDS | {"amount": "jumlah"}

    jumlah = AmountField(label=_("Amount (Rp)"))
    tanggal = DayField(label=_("Paid on"))
    rujukan = forms.CharField(label=_("Reference"), max_length=64)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tanggal"].required = True
