"""What would the score be if...? A few sliders, answered by the code that scores."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import Role
from core.money import round_half_up
from merchants.selectors import merchant_of
from scoring.domain.scorecard import Scorecard
from scoring.domain.what_if import Changes
from scoring.models import CreditScore
from scoring.selectors import latest_score, supposed_card
from scoring.wording.numbers import days, number, percent


@dataclass(frozen=True)
class Rail:
    """One slider: the measurement it moves and how far."""

    name: str
    measurement: str
    label: str
    low: Decimal
    high: Decimal
    step: Decimal
    unit: str
    # Where it stands for a shop that was not measured.
    otherwise: Decimal

    def measured(self, score: CreditScore) -> Decimal:
        found = score.measurements.get(self.measurement)
        return self.otherwise if found is None else Decimal(found)

    def ends(self, score: CreditScore) -> tuple[Decimal, Decimal]:
        """Return the rail's ends, moved out where the shop itself stands beyond them."""
        here = self._step_near(self.measured(score))
        return min(self.low, here), max(self.high, here)

    def start(self, score: CreditScore) -> Decimal:
        """Return the slider's step nearest to what was measured."""
        return self._step_near(self.measured(score))

    def _step_near(self, value: Decimal) -> Decimal:
        return round_half_up(value / self.step) * self.step

    def written(self, value: Decimal) -> str:
        return {"persen": percent, "hari": days}.get(self.unit, number)(value)


RAILS = (
    Rail(
        "penjualan",
        "monthly_sales",
        gettext_lazy("Sales a month"),
        Decimal(0),
        Decimal(200),
        Decimal(1),
        "",
        Decimal(0),
    ),
    Rail(
        "pertumbuhan",
        "growth_percent",
        gettext_lazy("Revenue growth a month"),
        Decimal(-30),
        Decimal(30),
        Decimal(1),
        "persen",
        Decimal(0),
    ),
    Rail(
        "refund",
        "refund_percent",
        gettext_lazy("Sales that are refunded"),
        Decimal(0),
        Decimal(10),
        Decimal("0.5"),
        "persen",
        Decimal(0),
    ),
    Rail(
        "pencairan",
        "settlement_days",
        gettext_lazy("Days until the money arrives"),
        Decimal(0),
        Decimal(10),
        Decimal("0.5"),
        "hari",
        Decimal(3),
    ),
)


@dataclass(frozen=True)
class Slider:
    """A rail for one shop: where it begins, and where it was put if it was moved."""

    rail: Rail
    low: Decimal
    high: Decimal
    start: Decimal
    moved_to: Decimal | None
    # What is written beside it: the measurement itself until it is moved.
    written: str

    @property
    def value(self) -> Decimal:
        return self.start if self.moved_to is None else self.moved_to


def _slider(rail: Rail, score: CreditScore, asked: str) -> Slider:
    (low, high), start = rail.ends(score), rail.start(score)
    place = _read(asked)
    is_moved = place is not None and low <= place <= high and place != start
    moved_to = place if is_moved else None
    return Slider(
        rail,
        low,
        high,
        start,
        moved_to,
        rail.written(moved_to if is_moved else rail.measured(score)),
    )


def _read(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


class Wondering:
    """The sliders as they stand and the score that would follow; untouched ones change nothing."""

    def __init__(self, score: CreditScore, asked: dict | None = None):
        self.score = score
        self.sliders = [_slider(rail, score, (asked or {}).get(rail.name, "")) for rail in RAILS]
        self.card = self._card()

    @property
    def is_changed(self) -> bool:
        return self.card is not None

    @property
    def difference(self) -> int:
        return self.card.points - self.score.points if self.card else 0

    def _card(self) -> Scorecard | None:
        moved = {
            slider.rail.measurement: slider.moved_to
            for slider in self.sliders
            if slider.moved_to is not None
        }
        return supposed_card(self.score, Changes(**moved)) if moved else None


@require_GET
@for_roles(Role.MERCHANT)
def what_if(request: HttpRequest) -> HttpResponse:
    """The score as it would be; htmx gets the answer alone. Nothing is saved."""
    merchant = merchant_of(request.user)
    newest = latest_score(merchant)
    context = {
        "merchant": merchant,
        "score": newest,
        "wondering": Wondering(newest, request.GET.dict()) if newest else None,
    }
    template = "merchants/_supposed.html" if request.htmx else "merchants/what_if.html"
    return render(request, template, context)
