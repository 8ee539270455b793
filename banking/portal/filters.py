"""The filters of the bank's lists: they are the lists' addresses. What is left empty filters nothing."""

from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.models import BankReview, EarlyWarning, Severity
from alerts.selectors import NEW, BoardFilter

ALL = ("", _("All"))


class ListForm(forms.Form):
    @property
    def kept(self) -> dict[str, str]:
        """The filters that are in use, as the URL has them."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.kept)

    def query_with(self, **changed: str) -> str:
        """The query string with some filters set, and those given as "" dropped."""
        return urlencode({name: value for name, value in (self.kept | changed).items() if value})


def search_field() -> forms.CharField:
    return forms.CharField(label=_("Search"), required=False, max_length=100)


class WarningFilterForm(ListForm):
    cari = search_field()
    tingkat = forms.ChoiceField(
        label=_("Severity"), required=False, choices=[ALL, *Severity.choices]
    )
    sikap = forms.ChoiceField(
        label=_("Standing"),
        required=False,
        choices=[ALL, (NEW, _("New")), *BankReview.State.choices],
    )
    status = forms.ChoiceField(
        label=_("Condition"),
        required=False,
        choices=[("", _("Open")), ("semua", _("All, closed ones too"))],
    )
    urut = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("Most severe first")), ("newest", _("Newest first"))],
    )
    jenis = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[ALL, *EarlyWarning.Kind.choices],
        widget=forms.HiddenInput,
    )

    @property
    def wanted(self) -> BoardFilter:
        kept = self.cleaned_data
        return BoardFilter(
            severity=kept["tingkat"],
            kind=kept["jenis"],
            standing=kept["sikap"],
            only_open=not kept["status"],
            search=kept["cari"],
            order=kept["urut"] or "severity",
        )


class LoanFilterForm(forms.Form):
    """Which running loans are looked at; what cannot be read filters nothing."""

    kolektibilitas = forms.IntegerField(required=False, min_value=1, max_value=5)
    halaman = forms.IntegerField(required=False, min_value=1, max_value=1000)

    @property
    def grade(self) -> int | None:
        return self._read("kolektibilitas")

    @property
    def page(self) -> int:
        return self._read("halaman") or 1

    def _read(self, name: str) -> int | None:
        self.full_clean()
        return self.cleaned_data.get(name)
