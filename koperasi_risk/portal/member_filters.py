"""What the members of a koperasi are filtered by: the address of the list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from banking.wording import COLLECTABILITY
from core.portal.fields import ALL
from core.portal.forms import SortedListForm
from koperasi_risk.models import Member
from koperasi_risk.portal.words import DECISIONS
from koperasi_risk.selectors.members import NOT_SCORED, MemberFilter


class MemberFilterForm(SortedListForm):
    SORTS = {"nama": "name", "nomor": "number", "skor": "score", "dinilai": "computed"}
    DEFAULT_SORT = "nama"

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
