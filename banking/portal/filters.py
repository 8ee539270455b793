"""The filters of the bank's lists: they are the lists' addresses. What is left empty filters nothing."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.models import BankReview, EarlyWarning, Severity
from alerts.selectors import NEW, BoardFilter
from banking.models import LoanApplication
from banking.selectors.loans import NEWEST_FIRST, PipelineFilter
from core.portal.fields import ALL, AmountField, search_field
from core.portal.forms import ListForm


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

    @property
    def grade(self) -> int | None:
        self.full_clean()
        return self.cleaned_data.get("kolektibilitas")


class ApplicationFilterForm(ListForm):
    """Filters of the pipeline; `saya` stands for whoever looks."""

    ME = "saya"
    SORTS = {
        "plafon": "amount",
        "skor": "points",
        "sisa": "due",
        "diperbarui": "updated",
        "dibuat": "made",
    }

    cari = search_field()
    tahap = forms.ChoiceField(
        label=_("Stage"), required=False, choices=[ALL, *LoanApplication.Status.choices]
    )
    petugas = forms.ChoiceField(label=_("Officer"), required=False)
    terlambat = forms.ChoiceField(
        label=_("Deadline"), required=False, choices=[ALL, ("1", _("Late only"))]
    )
    plafon_min = AmountField(label=_("Limit from"), required=False)
    plafon_maks = AmountField(label=_("Limit up to"), required=False)
    skor_min = forms.IntegerField(label=_("Score from"), required=False, min_value=0, max_value=100)
    skor_maks = forms.IntegerField(
        label=_("Score up to"), required=False, min_value=0, max_value=100
    )
    tampilan = forms.ChoiceField(
        required=False,
        choices=[("", _("Table")), ("tabel", _("Table")), ("papan", _("Board"))],
        widget=forms.HiddenInput,
    )
    urut = forms.ChoiceField(
        required=False,
        choices=[("", "")] + [(sign + name, name) for name in SORTS for sign in ("", "-")],
        widget=forms.HiddenInput,
    )

    def __init__(self, data, *, user: User):
        super().__init__(data)
        self.user = user
        people = User.objects.filter(organisation=user.organisation_id).order_by("full_name", "pk")
        self.fields["petugas"].choices = [
            ALL,
            (self.ME, _("Mine")),
            *((str(person.code), person.full_name) for person in people if person != user),
        ]

    @property
    def wanted(self) -> PipelineFilter:
        kept = self.cleaned_data
        officer = str(self.user.code) if kept["petugas"] == self.ME else kept["petugas"]
        return PipelineFilter(
            status=kept["tahap"],
            made_by=officer,
            overdue=bool(kept["terlambat"]),
            min_amount=kept["plafon_min"],
            max_amount=kept["plafon_maks"],
            min_points=kept["skor_min"],
            max_points=kept["skor_maks"],
            search=kept["cari"],
        )

    @property
    def sort(self) -> str:
        """The order, as the selector names it."""
        wanted = self.cleaned_data["urut"]
        if not wanted:
            return NEWEST_FIRST
        return ("-" if wanted.startswith("-") else "") + self.SORTS[wanted.removeprefix("-")]

    @property
    def filters(self) -> dict[str, str]:
        """The filters alone, without how they are shown."""
        shown = ("tampilan", "urut")
        return {name: value for name, value in self.kept.items() if name not in shown}
