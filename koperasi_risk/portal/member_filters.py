"""What the members of a koperasi are filtered by: the address of the list."""

from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from banking.portal.filters import ALL, ListForm, search_field
from banking.wording import COLLECTABILITY
from koperasi_risk.models import Member
from koperasi_risk.portal.words import DECISIONS
from koperasi_risk.selectors.members import NOT_SCORED, MemberFilter

_SORT_NAMES = {"nama": "name", "nomor": "number", "skor": "score", "dinilai": "computed"}
DEFAULT_SORT = "nama"


class MemberFilterForm(ListForm):
    """What is left empty filters nothing; an order that there is not is the usual one."""

    cari = search_field()
    keputusan = forms.ChoiceField(
        label=_("Decision"),
        required=False,
        choices=[ALL, *DECISIONS.items(), (NOT_SCORED, _("Not scored yet"))],
    )
    kolektibilitas = forms.TypedChoiceField(
        label=_("Collectability"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ALL,
            *((str(level), f"{level} {label}") for level, label in COLLECTABILITY.items()),
        ],
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[ALL, *Member.Status.choices]
    )
    tanda = forms.ChoiceField(
        label=_("Mark"),
        required=False,
        choices=[
            ALL,
            ("basi", _("To be scored anew")),
            ("pengecualian", _("With an override")),
        ],
    )
    urut = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def clean_urut(self) -> str:
        sort = self.cleaned_data["urut"]
        is_known = sort.removeprefix("-") in _SORT_NAMES and sort != DEFAULT_SORT
        return sort if is_known else ""

    @property
    def wanted(self) -> MemberFilter:
        kept = self.cleaned_data
        return MemberFilter(
            search=kept["cari"],
            decision=kept["keputusan"],
            collectability=kept["kolektibilitas"],
            status=kept["status"],
            only_stale=kept["tanda"] == "basi",
            only_overridden=kept["tanda"] == "pengecualian",
        )

    @property
    def order(self) -> str:
        """The order as its column head knows it: `skor`, or `-skor` when it falls."""
        return self.cleaned_data["urut"] or DEFAULT_SORT

    @property
    def sorting(self) -> dict:
        """The order as the selector takes it."""
        return {
            "sort": _SORT_NAMES[self.order.removeprefix("-")],
            "falls": self.order.startswith("-"),
        }

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in self.kept.items() if name != "urut"}

    @property
    def filter_query(self) -> str:
        return urlencode(self.filters)

    @property
    def told(self) -> dict[str, str]:
        """The filters for the record, without what was searched for: it names people."""
        return {name: value for name, value in self.kept.items() if name != "cari"}

    def chips(self, path: str) -> list[dict]:
        """Return each filter in use in words, with the address of the list without it."""
        return [
            {
                "label": f"{self.fields[name].label}: {self._said(name, value)}",
                "url": f"{path}?{self.query_with(**{name: ''})}",
            }
            for name, value in self.filters.items()
        ]

    def _said(self, name: str, value: str) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, value))
