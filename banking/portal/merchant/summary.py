"""The first tab: the score, why it is what it is, and what follows from it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from alerts.models import EarlyWarning, Severity
from alerts.selectors import warnings_of, with_standing
from alerts.wording import warning_text
from banking.domain.offers import Offer
from banking.models import LoanApplication
from banking.portal.merchant.ai import ai_card
from banking.portal.merchant.components import components_of
from banking.portal.merchant.what_if import what_if_card
from banking.selectors import Overview
from banking.selectors.credit import category_medians, score_days
from banking.selectors.loans import offers_for, terms_of
from banking.selectors.sales import sales_days
from core.charts import Event, LineChart, Series, bar_chart, gauge, line_chart
from core.dates import business_day
from core.formats import rupiah
from merchants.models import Merchant
from scoring.domain.reasons import STRENGTH
from scoring.domain.scorecard import COMPLETE, INSUFFICIENT, PARTIAL
from scoring.domain.series import BLOCK_DAYS, WINDOW_DAYS
from scoring.models import CreditScore
from scoring.wording import reason_text

REASONS = 3
YEAR = 365
RANGES = (3, 6, 12)
# More than anybody reads at once, less than a page can hold.
WARNINGS, APPLICATIONS = 50, 50
# Revenue that holds or grows a little costs points, but nothing has gone down.
HOLDS = ("growth_flat", "growth_modest")
CONFIDENCE = {
    COMPLETE: (gettext_lazy("High"), "ok", "●"),
    PARTIAL: (gettext_lazy("Medium"), "warn", "▲"),
    INSUFFICIENT: (gettext_lazy("Low"), "bad", "◆"),
}


def context(request: HttpRequest, overview: Overview, *, now: datetime) -> dict:
    """Return the context of `ringkasan.html`."""
    merchant, score, today = overview.merchant, overview.score, business_day(now)
    days = sales_days(merchant, since=today - timedelta(days=YEAR))
    past = score_days(merchant, days=YEAR, now=now)
    warnings = list(with_standing(warnings_of(merchant, only_open=False), request.user)[:WARNINGS])
    months = _range(request)
    events = [*_raised(warnings), *_applied(request.user, merchant)]
    found = {
        "ranges": _ranges(merchant, months),
        "trend": _trend(past, days, events, months=months, today=today),
        "open_warnings": _open(warnings),
        **_sales_charts(days, today=today),
    }
    if score is None:
        return found
    return found | {
        **_offers(merchant, request.user),
        **ai_card(score, request.user, code=merchant.code),
        **what_if_card(score, request.GET),
        "gauge": gauge(score.points),
        "confidence": CONFIDENCE[score.data_quality],
        "observed_days": score.measurements["observed_days"],
        "window_days": WINDOW_DAYS,
        "components": components_of(
            score, medians=category_medians(merchant), past=past[-WINDOW_DAYS:]
        ),
        **reasons_of(score),
    }


def reasons_of(score: CreditScore) -> dict:
    """Return what lowers a score most, with the points that it costs, and what raises it."""
    strengths = [reason for reason in score.reasons if reason["kind"] == STRENGTH]
    lowering = [reason for reason in score.reasons if reason["kind"] != STRENGTH]
    return {
        "lowering": [
            {
                "text": reason_text(reason, to_bank=True),
                "points": Decimal(reason["points_lost"]),
                "sign": "level" if reason["code"] in HOLDS else "down",
            }
            for reason in lowering[:REASONS]
        ],
        "raising": [{"text": reason_text(reason, to_bank=True)} for reason in strengths[:REASONS]],
    }


def _range(request: HttpRequest) -> int:
    wanted = request.GET.get("rentang", "")
    return int(wanted) if wanted in map(str, RANGES) else RANGES[-1]


def _ranges(merchant: Merchant, current: int) -> list[dict]:
    address = reverse("banking:merchant", args=[merchant.code])
    return [
        {
            "label": _("%(months)s months") % {"months": months},
            "url": f"{address}?tab=ringkasan&rentang={months}#tren",
            "is_current": months == current,
        }
        for months in RANGES
    ]


def _open(warnings: Sequence[EarlyWarning]) -> list[EarlyWarning]:
    found = [each for each in warnings if each.status == EarlyWarning.Status.OPEN]
    for each in found:
        each.text = warning_text(each)
    return sorted(found, key=lambda each: Severity.values.index(each.severity))


def _raised(warnings: Sequence[EarlyWarning]) -> list[Event]:
    return [
        Event(
            business_day(each.detected_at),
            _("Warning: %(kind)s") % {"kind": each.get_kind_display()},
        )
        for each in warnings
    ]


def _applied(user: User, merchant: Merchant) -> list[Event]:
    own = LoanApplication.objects.visible_to(user).filter(merchant=merchant)
    made = own.order_by("-made_at").values_list("made_at", "amount")[:APPLICATIONS]
    return [
        Event(business_day(at), _("Application: %(amount)s") % {"amount": rupiah(amount)})
        for at, amount in made
    ]


def _offers(merchant: Merchant, user: User) -> dict:
    terms = terms_of(user.organisation)
    address = reverse("banking:new-application")
    return {
        "terms": terms,
        "offers": [
            (offer, f"{address}?{_filled(merchant, offer)}")
            for offer in offers_for(merchant, terms)
        ],
    }


def _filled(merchant: Merchant, offer: Offer) -> str:
    asked = {"merchant": merchant.code, "plafon": offer.amount, "tenor": offer.tenor_months}
    return urlencode(asked)


def _trend(past, days, events: Sequence[Event], *, months: int, today: date) -> LineChart | None:
    first = today - timedelta(days=months * BLOCK_DAYS)
    score = [(day.as_of_day, day.points) for day in past if day.as_of_day >= first]
    revenue = _blocks(days, months=months, today=today)
    return line_chart(
        [
            Series(_("Score"), score),
            Series(_("Revenue of 30 days"), revenue, unit="rupiah", own_scale=True),
        ],
        events=[event for event in events if event.day >= first],
    )


def _blocks(days, *, months: int, today: date) -> list[tuple[date, Decimal]]:
    """
    Sum revenue over whole blocks of 30 complete days, as the score does, each at its last day.

    A calendar month that still runs, and the days before a shop's first sale, would look like a fall.
    """
    if not days:
        return []
    span = min(months, (today - days[0].day).days // BLOCK_DAYS)
    sums = [Decimal(0)] * span
    for day in days:
        block, is_complete = (today - day.day).days - 1, day.day < today
        if is_complete and block < span * BLOCK_DAYS:
            sums[block // BLOCK_DAYS] += day.revenue
    ends = [today - timedelta(days=number * BLOCK_DAYS + 1) for number in range(span)]
    return list(zip(ends, sums, strict=True))[::-1]


def _sales_charts(days, *, today: date) -> dict:
    span = [today - timedelta(days=ago) for ago in range(WINDOW_DAYS, -1, -1)]
    found = {day.day: day for day in days}

    def column(name: str) -> list:
        return [getattr(found[day], name) if day in found else 0 for day in span]

    return {
        "daily_revenue": bar_chart(list(zip(span, column("revenue"), strict=True)), unit="rupiah"),
        "daily_sales": bar_chart(list(zip(span, column("paid_count"), strict=True))),
        "daily_refunds": bar_chart(
            list(zip(span, column("refunds_made_amount"), strict=True)), unit="rupiah"
        ),
    }
