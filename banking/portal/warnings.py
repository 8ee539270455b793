"""Early warnings of every merchant that consented, and what this bank makes of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from alerts import wording
from alerts.models import BankReview, EarlyWarning, Severity
from alerts.selectors import TrendMonth, board_counts, monthly_trend, warning_of
from alerts.selectors import board as warnings_board
from alerts.services.reviews import review_warning
from banking.models import SavedFilter
from banking.portal.filters import WarningFilterForm
from banking.portal.saved_filters import saved_context
from banking.portal.warning_page import MOST_POLLS, ReviewForm, analysis_card, warning_page
from banking.selectors.warnings import open_by_kind, riskiest_merchants
from core import charts
from core.api.limits import stay_within
from core.errors import InvalidCursor, Refusal

ROWS = 50
RISKIEST = 5
SAID = {
    BankReview.State.ACKNOWLEDGED: gettext_lazy("The warning is marked as acknowledged."),
    BankReview.State.MONITORING: gettext_lazy("The warning is being monitored."),
    BankReview.State.RESOLVED: gettext_lazy("The warning is resolved for your bank."),
}


@require_GET
@for_roles(*BANK_ROLES)
def board(request: HttpRequest) -> HttpResponse:
    """The warnings that the filters keep, gravest first. htmx gets the table alone."""
    form = WarningFilterForm(request.GET)
    context = {"form": form, "is_fragment": bool(request.htmx)}
    if form.is_valid():
        context |= _found(request.user, form, cursor=request.GET.get("setelah") or None)
        context["here"] = f"{request.path}?{form.query}" if form.query else request.path
    if request.htmx:
        response = render(request, "banking/warnings/_warnings.html", context)
        response["HX-Push-Url"] = request.get_full_path()
        return response
    context |= _summary(request.user, form, now=timezone.now())
    context |= saved_context(
        request.user,
        page=SavedFilter.Page.WARNINGS,
        path=request.path,
        query=request.META["QUERY_STRING"],
    )
    return render(request, "banking/warnings/list.html", context)


@require_GET
@for_roles(*BANK_ROLES)
def warning(request: HttpRequest, code: UUID) -> HttpResponse:
    """One warning: what was measured, what became of it, what the bank did."""
    found = warning_of(request.user, code=code)
    polls = request.GET.get("analisis", "")
    if request.htmx and polls.isdecimal():
        card = analysis_card(found, polls=min(int(polls[:4]), MOST_POLLS))
        return render(request, "banking/warnings/_analysis.html", card)
    return render(request, "banking/warnings/detail.html", warning_page(found, ReviewForm()))


@require_POST
@for_roles(*BANK_ROLES)
def review(request: HttpRequest, code: UUID) -> HttpResponse:
    """Say what the bank makes of a warning, from its page or from a row of the board."""
    stay_within(scope="write", caller=str(request.user.code))
    found = warning_of(request.user, code=code)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            made = review_warning(
                code=code, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error("note" if "note" in refusal.fields else None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, SAID[made.state])
            return redirect(_way_back(request, found))
    else:
        status = 400
    page = warning_page(found, form)
    return render(request, "banking/warnings/detail.html", page, status=status)


def _way_back(request: HttpRequest, found: EarlyWarning) -> str:
    target = request.POST.get("next", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("banking:warning", args=[found.code])


def _found(user: User, form: WarningFilterForm, *, cursor: str | None) -> dict:
    wanted = form.wanted
    try:
        page = warnings_board(user, wanted=wanted, limit=ROWS, cursor=cursor)
    except InvalidCursor:
        # An old address still leads to the list.
        cursor = None
        page = warnings_board(user, wanted=wanted, limit=ROWS)
    return {"rows": [_row(found) for found in page.rows], "found": page, "cursor": cursor}


def _row(found: EarlyWarning) -> dict:
    return {
        "warning": found,
        "metric": wording.metric_name(found),
        "value": wording.figure(found, found.current_value),
        "threshold": wording.figure(found, found.threshold),
        "deviation": wording.deviation_text(found),
    }


def _summary(user: User, form: WarningFilterForm, *, now: datetime) -> dict:
    counts, kinds = board_counts(user), open_by_kind(user)
    trend = monthly_trend(user, now=now)
    return {
        "counts": counts,
        "tabs": _tabs(form, counts.total, kinds) if form.is_valid() else [],
        "commonest": _commonest(kinds),
        "riskiest": riskiest_merchants(user, limit=RISKIEST),
        "raised_chart": _raised_chart(trend),
        "open_chart": _open_chart(trend, open_now=counts.total + counts.resolved),
    }


def _tabs(form: WarningFilterForm, total: int, kinds: dict[str, int]) -> list[dict]:
    """Prepare one tab per kind; each keeps the other filters."""
    choices = [("", _("All"), total)]
    choices += [(kind, kind.label, kinds.get(kind, 0)) for kind in EarlyWarning.Kind]
    return [
        {
            "label": label,
            "url": f"?{form.query_with(jenis=kind)}",
            "is_current": form.cleaned_data["jenis"] == kind,
            "count": count,
        }
        for kind, label, count in choices
    ]


def _commonest(kinds: dict[str, int]) -> dict | None:
    if not kinds:
        return None
    kind, count = next(iter(kinds.items()))
    return {"kind": kind, "label": EarlyWarning.Kind(kind).label, "count": count}


def _raised_chart(trend: Sequence[TrendMonth]) -> charts.BarChart | None:
    return charts.stacked(
        [month.month for month in trend],
        [
            (str(severity.label), [getattr(month, severity.lower()) for month in trend])
            for severity in Severity
        ],
    )


def _open_chart(trend: Sequence[TrendMonth], *, open_now: int) -> charts.LineChart | None:
    """Draw how many were open at the end of each month, counted back from today."""
    points, still_open = [], open_now
    for month in reversed(trend):
        points.append((month.month, still_open))
        still_open += month.resolved - month.raised
    return charts.line_chart([charts.Series(_("Open at the end of the month"), points[::-1])])
