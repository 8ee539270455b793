"""The score's own page: where it stands, why, how it came here, what would raise it."""

import re
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import Role
from banking.selectors.objections import has_open_score_objection
from core.api.limits import stay_within
from core.charts import LineChart, Series, gauge, line_chart
from core.dates import business_day
from core.errors import Refusal
from merchants.models import Merchant
from merchants.portal import texts
from merchants.portal.insights import insights_of
from merchants.portal.what_if import Wondering
from merchants.portal.wording import reasons_of
from merchants.selectors import merchant_of
from scoring.models import CreditScore
from scoring.selectors import latest_score, loan_timing_of, product_facts, score_history
from scoring.services.scores import recalculate
from scoring.wording import improvement_text


@require_GET
@for_roles(Role.MERCHANT)
def score(request: HttpRequest) -> HttpResponse:
    """All there is to know about one's own score, without how it is calculated inside."""
    now, merchant = timezone.now(), merchant_of(request.user)
    newest = latest_score(merchant)
    context = {"merchant": merchant, "score": newest}
    if newest:
        context |= _page(merchant, newest, now=now)
    return render(request, "merchants/score.html", context)


def _page(merchant: Merchant, newest: CreditScore, *, now: datetime) -> dict:
    return {
        "gauge": gauge(newest.points),
        "reasons": reasons_of(newest),
        "improvements": [improvement_text(item) for item in newest.improvements],
        "trend": _trend(merchant, now=now),
        "explanation": texts.explanation_card(newest),
        "wondering": Wondering(newest),
        "is_objecting": has_open_score_objection(merchant),
        **insights_of(merchant, now=now),
    }


def _trend(merchant: Merchant, *, now: datetime) -> LineChart | None:
    """Draw the last score of each week: a year of days is too much for a phone."""
    weeks = {}
    for row in score_history(merchant, now=now):
        day = business_day(row.as_of)
        # Newest first: the first of a week is its last.
        weeks.setdefault(day.isocalendar()[:2], (day, row.points))
    if len(weeks) < 2:
        return None
    points = tuple(reversed(weeks.values()))
    return line_chart([Series(_("Credit score"), points)])


@require_GET
@for_roles(Role.MERCHANT)
def words(request: HttpRequest, kind: str) -> HttpResponse:
    """One text alone: asked for again while the AI is writing it."""
    merchant, now = merchant_of(request.user), timezone.now()
    card = _card(merchant, kind, asked=_times_asked(request), now=now)
    if card is None:
        return HttpResponse(status=204)
    return render(request, "merchants/_words.html", {"card": card})


def _card(merchant: Merchant, kind: str, *, asked: int, now: datetime) -> texts.Card | None:
    if kind == texts.EXPLANATION and (newest := latest_score(merchant)):
        return texts.explanation_card(newest, asked=asked)
    if kind == texts.TIMING and (timing := loan_timing_of(merchant, now=now)):
        return texts.timing_card(merchant, timing, asked=asked)
    if kind == texts.PRODUCTS:
        facts = product_facts(merchant, now=now)
        return texts.products_card(merchant, facts, now=now, asked=asked)
    return None


def _times_asked(request: HttpRequest) -> int:
    number = request.GET.get("ke", "")
    return min(int(number), texts.MOST_QUESTIONS) if re.fullmatch("[0-9]{1,3}", number) else 0


@require_POST
@for_roles(Role.MERCHANT)
def calculate(request: HttpRequest) -> HttpResponse:
    """Score the shop from its sales of now."""
    stay_within(scope="heavy", caller=str(request.user.code))
    merchant = merchant_of(request.user)
    before = latest_score(merchant)
    try:
        after = recalculate(merchant=merchant, now=timezone.now())
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _outcome(before, after))
    return redirect("merchants:score")


def _outcome(before: CreditScore | None, after: CreditScore) -> str:
    if before is None or before.points == after.points:
        return _("Calculated again: your score is %(points)s.") % {"points": after.points}
    return _("Calculated again: your score is %(points)s, before it was %(before)s.") % {
        "points": after.points,
        "before": before.points,
    }
