"""What a bank's people filter merchants by: the address of the list."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.models import EarlyWarning
from banking.selectors.directory import (
    TREND_POINTS,
    DirectoryFilter,
    directory_choices,
    is_personal,
)
from core.portal.fields import ALL, AmountField
from core.portal.forms import SortedListForm
from scoring.models import RiskBand

# A shop's age, in days: from, and below.
_AGES = {"baru": (0, 90), "muda": (90, 365), "dewasa": (365, 730), "lama": (730, None)}
_TRENDS = {"naik": "UP", "turun": "DOWN", "stabil": "FLAT"}
_LOANS = {"aktif": "ACTIVE", "pengajuan": "APPLICATION", "tanpa": "NONE"}
_WARNINGS = {"ada": "ANY", "kritis": "CRITICAL"}


def _choices(*pairs) -> list[tuple]:
    return [ALL, *pairs]


class PointsField(forms.IntegerField):
    def __init__(self, **kwargs):
        super().__init__(required=False, min_value=0, max_value=100, **kwargs)


class OptionalAmount(AmountField):
    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)


class DirectoryForm(SortedListForm):
    SORTS = {"skor": "score", "nama": "name", "omzet": "revenue", "diperbarui": "updated"}
    DEFAULT_SORT = "-skor"

    kota = forms.CharField(label=_("City"), required=False, max_length=50)
    kategori = forms.CharField(label=_("Category"), required=False, max_length=50)
    band = forms.ChoiceField(label=_("Risk"), required=False, choices=_choices(*RiskBand.choices))
    skor_min = PointsField(label=_("Score from"))
    skor_maks = PointsField(label=_("Score up to"))
    tren = forms.ChoiceField(
        label=_("Score in 30 days"),
        required=False,
        choices=_choices(("naik", _("Rising")), ("turun", _("Falling")), ("stabil", _("Steady"))),
    )
    peringatan = forms.ChoiceField(
        label=_("Open warnings"),
        required=False,
        choices=_choices(
            ("ada", _("Any warning")),
            ("kritis", _("Critical ones")),
            *EarlyWarning.Kind.choices,
        ),
    )
    omzet_min = OptionalAmount(label=_("Revenue, 30 days, from"))
    omzet_maks = OptionalAmount(label=_("Revenue, 30 days, up to"))
    umur = forms.ChoiceField(
        label=_("With us for"),
        required=False,
        choices=_choices(
            ("baru", _("less than 3 months")),
            ("muda", _("3 to 12 months")),
            ("dewasa", _("1 to 2 years")),
            ("lama", _("2 years or more")),
        ),
    )
    pinjaman = forms.ChoiceField(
        label=_("Loan with us"),
        required=False,
        choices=_choices(
            ("aktif", _("Running loan")),
            ("pengajuan", _("Open application")),
            ("tanpa", _("Neither")),
        ),
    )
    trend_points = TREND_POINTS

    def __init__(self, data):
        super().__init__(data)
        offered = directory_choices()
        for name, values in (("kota", offered.cities), ("kategori", offered.categories)):
            self.fields[name].choices = self._with_typed(name, values)

    def _with_typed(self, name: str, values: list[str]) -> list[tuple]:
        """Offer what is typed too, so that an old address still shows what it filters by."""
        typed = self.data.get(name, "")
        more = [typed] if typed and typed not in values else []
        return [ALL, *((value, value) for value in [*values, *more])]

    def clean(self):
        for low, high in (("skor_min", "skor_maks"), ("omzet_min", "omzet_maks")):
            least, most = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if least is not None and most is not None and least > most:
                self.add_error(high, _("Must not be below the first."))

    def wanted(self, now: datetime) -> DirectoryFilter:
        kept = self.cleaned_data
        from_days, below_days = _AGES.get(kept["umur"], (None, None))
        return DirectoryFilter(
            search=kept["cari"],
            city=kept["kota"],
            category=kept["kategori"],
            risk_band=kept["band"],
            min_points=kept["skor_min"],
            max_points=kept["skor_maks"],
            trend=_TRENDS.get(kept["tren"], ""),
            warning=_WARNINGS.get(kept["peringatan"], kept["peringatan"]),
            min_revenue=kept["omzet_min"],
            max_revenue=kept["omzet_maks"],
            joined_from=_before(now, below_days),
            joined_before=_before(now, from_days) if from_days else None,
            loan=_LOANS.get(kept["pinjaman"], ""),
        )

    @property
    def told(self) -> dict[str, str]:
        """The filters for the record: without what may be somebody's number."""
        return {
            name: value
            for name, value in self.kept.items()
            if name != "cari" or not is_personal(value)
        }

    @property
    def more_in_use(self) -> bool:
        """Whether a filter is in use that stands behind “more filters”."""
        return bool(set(self.filters) - {"cari", "kota", "band", "peringatan"})


def _before(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)
