"""A bank officer's or approver's first page: how things stand, what to do, what changed."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import BANK_ROLES, User
from banking.domain.pipeline import STATUSES
from banking.models import LoanApplication
from banking.portal.notices import shown_notices
from banking.selectors.home import Figure, Task, home_figures, score_changes, tasks
from banking.selectors.loans import pipeline_counts
from core.charts import sparkline
from core.formats import angka, persen, rupiah, rupiah_singkat
from scoring.wording import reason_text

LATEST_NOTICES = 5


@require_GET
@for_roles(*BANK_ROLES)
def home(request: HttpRequest) -> HttpResponse:
    """The first page. htmx asks for its tiles alone, every minute while somebody looks."""
    now = timezone.now()
    context = {"tiles": _tiles(request.user, now), "now": now}
    if request.htmx:
        return render(request, "banking/home/_tiles.html", context)
    rises, falls = score_changes(request.user, now=now)
    context |= {
        "tasks": [_task(task) for task in tasks(request.user, now=now)],
        "rises": list(map(_change, rises)),
        "falls": list(map(_change, falls)),
        "stages": _stages(request.user, now),
        "notices": shown_notices(request.user, limit=LATEST_NOTICES),
    }
    return render(request, "banking/home/home.html", context)


def _tiles(user: User, now: datetime) -> list[dict]:
    figures = home_figures(user, now=now)
    # The nearest deadline first.
    applications = _with(reverse("banking:applications"), urut="sisa")
    return [
        _tile(_("Applications awaiting a decision"), figures.waiting, url=applications),
        _tile(
            _("Decisions due within 24 hours"),
            figures.due_soon,
            url=applications,
            good="down",
            tone="warn" if figures.due_soon.value else "",
        ),
        _tile(
            _("Warnings new to your bank"),
            figures.warnings,
            url=_with(reverse("banking:warnings"), sikap="NEW"),
            good="down",
        ),
        _tile(
            _("Running loans, outstanding"),
            figures.outstanding,
            url=reverse("banking:loans"),
            unit="rupiah",
        ),
        _tile(
            _("Non-performing, 30 days or more"),
            figures.npl_percent,
            url=reverse("banking:loans"),
            unit="persen",
            good="down",
        ),
    ]


def _tile(label: str, figure: Figure, *, url: str, unit: str = "angka", good="", tone="") -> dict:
    written = {"rupiah": rupiah_singkat, "persen": persen, "angka": angka}[unit]
    moves = len({week for week in figure.weeks if week is not None}) > 1
    return {
        "label": label,
        "value": written(figure.value),
        "whole": rupiah(figure.value) if unit == "rupiah" else "",
        "change": figure.change,
        "unit": unit,
        "good": good,
        "tone": tone,
        "url": url,
        "line": sparkline(figure.weeks) if moves else None,
    }


def _with(path: str, **filters: str) -> str:
    return f"{path}?{urlencode(filters)}"


def _task(task: Task) -> dict:
    names = {
        "OVERDUE": _("Overdue decision"),
        "DECIDE": _("Decide"),
        "DRAFT": _("Your draft"),
        "WARNING": _("Critical warning"),
    }
    return {"task": task, "name": names[task.kind], "url": _place_of(task)}


def _place_of(task: Task) -> str:
    if task.warning:
        return reverse("banking:warning", args=[task.warning.code])
    return reverse("banking:application", args=[task.application.code])


def _change(change) -> dict:
    reason = reason_text(change.reason, to_bank=True) if change.reason else ""
    return {"change": change, "reason": reason}


def _stages(user: User, now: datetime) -> list[dict]:
    counts = pipeline_counts(user, now=now)
    most = max((stage.count for stage in counts.values()), default=0) or 1
    path = reverse("banking:applications")
    return [
        {
            "label": LoanApplication.Status(status).label,
            "stage": counts[status],
            "share": 100 * counts[status].count / most,
            "url": _with(path, tahap=status),
        }
        for status in STATUSES
    ]
