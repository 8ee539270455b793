from datetime import datetime, timedelta

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.backoffice import Answer, EndlessDesk, ReadOnlyDesk, morning
from core.dates import business_day
from transactions.admin.states import ShowsState
from transactions.models import DailyTotal, SettlementProblem, SettlementStatement
from transactions.services.settlements import REASONS

# The gateway pays out on the next day; a weekend may lie between.
LATE_AFTER_DAYS = 3
# Further back nothing moves a score any more.
DAYS_BACK = 90


@morning
def was_everything_settled_on_time(now: datetime) -> Answer:
    late = _late_sales(now)
    week = SettlementStatement.objects.filter(started_at__gte=now - timedelta(days=7))
    problems = SettlementProblem.objects.filter(statement__in=week).count()
    failed = week.filter(status=SettlementStatement.Status.FAILED).count()
    return Answer(
        question=_("Was everything settled on time?"),
        figure=intcomma(late),
        note=_(
            "paid sales wait longer than %(days)s days; this week %(problems)s lines of statements "
            "did not fit, %(failed)s statements broke off"
        )
        % {"days": LATE_AFTER_DAYS, "problems": intcomma(problems), "failed": failed},
        url=reverse("admin:transactions_settlementproblem_changelist"),
        tone="warn" if late or problems or failed else "ok",
    )


def _late_sales(now: datetime) -> int:
    today = business_day(now)
    days = DailyTotal.objects.filter(
        day__gte=today - timedelta(days=DAYS_BACK),
        day__lt=today - timedelta(days=LATE_AFTER_DAYS),
    )
    return days.aggregate(count=Sum("waiting_count", default=0))["count"]


@admin.register(SettlementStatement)
class SettlementStatementAdmin(ShowsState, ReadOnlyDesk):
    """Which statements were read, and how many of their lines did not fit."""

    list_display = ["name", "source", "state", "rows_settled", "rows_refused", "started_at"]
    list_filter = ["status", "source"]
    search_fields = ["name"]
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-pk"]


class ReasonFilter(admin.SimpleListFilter):
    """The reasons in words."""

    title = gettext_lazy("reason")
    parameter_name = "reason_code"

    def lookups(self, request, model_admin):
        return REASONS.items()

    def queryset(self, request, problems):
        return problems.filter(reason_code=self.value()) if self.value() else problems


@admin.register(SettlementProblem)
class SettlementProblemAdmin(EndlessDesk):
    """Every line of a statement that contradicts our books, and why."""

    list_display = ["statement", "line", "trade_number", "worded_reason", "detail"]
    list_select_related = ["statement"]
    list_filter = [ReasonFilter, ("statement", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["trade_number__exact"]
    search_help_text = gettext_lazy("The whole transaction ID")

    @display(description=gettext_lazy("reason"))
    def worded_reason(self, problem):
        return REASONS.get(problem.reason_code, problem.reason_code)
