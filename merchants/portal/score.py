"""The score's pages: where it stands, why, how it came here, what would raise it; what sells."""

import re
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import for_roles
from accounts.models import Role, User
from banking.selectors.objections import has_open_score_objection
from core.api.limits import stay_within
from core.charts import LineChart, Series, gauge, line_chart
from core.dates import business_day
from core.errors import Refusal
from merchants.models import Merchant
from merchants.portal import texts
from merchants.portal.insights import insights_of
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
        context |= _page(merchant, newest, reader=request.user, now=now)
    return render(request, "merchants/score.html", context)


def _page(merchant: Merchant, newest: CreditScore, *, reader: User, now: datetime) -> dict:
    return {
        "gauge": gauge(newest.points),
        "reasons": reasons_of(newest),
        "improvements": [improvement_text(item) for item in newest.improvements],
        "trend": _trend(merchant, now=now),
        "explanation": texts.explanation_card(newest, reader=reader),
        "is_objecting": has_open_score_objection(merchant),
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
def insights(request: HttpRequest) -> HttpResponse:
    """What the sales tell besides the score: the best weeks, the best products."""
    now, merchant = timezone.now(), merchant_of(request.user)
    newest = latest_score(merchant)
    context = {"merchant": merchant, "score": newest}
    if newest:
        context |= insights_of(merchant, reader=request.user, now=now)
    return render(request, "merchants/insights.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(Role.MERCHANT)
def words(request: HttpRequest, kind: str) -> HttpResponse:
    """One text alone, asked for while the AI is writing it; posted to, whether it was useful."""
    now = timezone.now()
    card = _card(request, kind, now=now)
    if card is None:
        return HttpResponse(status=204)
    if request.method == "POST":
        stay_within(scope="write", caller=str(request.user.code))
        texts.judge(card, answer=request.POST.get("useful", ""), reader=request.user, now=now)
        page = "merchants:score" if kind == texts.EXPLANATION else "merchants:insights"
        return redirect(f"{reverse(page)}#{kind}")
    return render(request, "merchants/_words.html", {"card": card})


def _card(request: HttpRequest, kind: str, *, now: datetime) -> texts.Card | None:
    merchant = merchant_of(request.user)
    asking = {"reader": request.user, "asked": _times_asked(request)}
    if kind == texts.EXPLANATION and (newest := latest_score(merchant)):
        return texts.explanation_card(newest, **asking)
    if kind == texts.TIMING and (timing := loan_timing_of(merchant, now=now)):
        return texts.timing_card(merchant, timing, **asking)
    if kind == texts.PRODUCTS:
        return texts.products_card(merchant, product_facts(merchant, now=now), now=now, **asking)
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
