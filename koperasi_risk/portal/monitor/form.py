"""What the monitor is narrowed to: the address of the page and of its files."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from koperasi_risk.domain.periods import PERIODS
from koperasi_risk.models import Loan, Tenant

USUAL = {"periode": "12", "jenis": ""}


class MonitorForm(forms.Form):
    """What cannot be read is the usual: twelve months, every loan."""

    periode = forms.TypedChoiceField(coerce=int)
    jenis = forms.ChoiceField(required=False)

    def __init__(self, asked: Mapping[str, str], *, tenant: Tenant):
        super().__init__()
        periods, kinds = self.fields["periode"], self.fields["jenis"]
        periods.label = _("Period")
        periods.choices = [
            (str(months), ngettext("%d month", "%d months", months) % months) for months in PERIODS
        ]
        kinds.label = _("Kind of financing") if tenant.is_sharia else _("Kind of loan")
        every = _("All financing") if tenant.is_sharia else _("All loans")
        kinds.choices = [("", every), *_kinds(tenant)]
        self.data, self.is_bound = self._read(asked), True
        self.full_clean()

    def _read(self, asked: Mapping[str, str]) -> dict[str, str]:
        read = {name: asked.get(name, "") for name in self.fields}
        known = {name: read[name] in dict(self.fields[name].choices) for name in read}
        return {name: read[name] if known[name] else USUAL[name] for name in read}

    @property
    def months(self) -> int:
        return self.cleaned_data["periode"]

    @property
    def kind(self) -> str:
        return self.cleaned_data["jenis"]

    @property
    def kind_label(self) -> str:
        return str(dict(self.fields["jenis"].choices)[self.kind])

    @property
    def query(self) -> str:
        return urlencode({"periode": self.months} | ({"jenis": self.kind} if self.kind else {}))


def _kinds(tenant: Tenant) -> list[tuple[str, str]]:
    """Return purposes; where there is more than one, contracts (akad), too."""
    contracts = [choice for choice in Loan.Contract.choices if choice[0] != Loan.Contract.LOAN]
    return [*Loan.Purpose.choices, *(contracts if tenant.is_sharia else [])]
