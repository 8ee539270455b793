from datetime import datetime, timedelta

from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from core.backoffice import Answer, EndlessDesk, ReadOnlyDesk, morning
from core.errors import Refusal
from core.formats import jam, rupiah, tanggal
from scoring.domain.scorecard import COMPLETE, INSUFFICIENT, PARTIAL
from scoring.models import CreditScore, LatestScore, RiskBand, ScoringRun
from scoring.services.run_jobs import start_watched_run
from scoring.wording import reason_text

QUALITIES = {
    COMPLETE: gettext_lazy("complete"),
    PARTIAL: gettext_lazy("partial"),
    INSUFFICIENT: gettext_lazy("insufficient"),
}
BANDS = {"LOW": "success", "MEDIUM": "warning", "HIGH": "danger"}


@morning
def did_scoring_finish(now: datetime) -> Answer:
    # Runs that people start, and may stop, say nothing about last night.
    run = ScoringRun.objects.exclude(nightly_day=None).order_by("-nightly_day").first()
    is_late = run is None or run.finished_at is None or now - run.started_at > timedelta(days=1)
    return Answer(
        question=_("Were all merchants scored last night?"),
        figure=f"{run.scored} / {run.total}" if run else "–",
        note=_("as of %(when)s") % {"when": f"{tanggal(run.as_of)}, {jam(run.as_of)}"}
        if run
        else _("no run yet"),
        url=reverse("admin:scoring_scoringrun_changelist"),
        tone="warn" if is_late else "ok",
    )


@morning
def how_do_scores_stand(now: datetime) -> Answer:
    counts = dict(
        LatestScore.objects.values("risk_band")
        .annotate(merchants=Count("pk"))
        .values_list("risk_band", "merchants")
    )
    return Answer(
        question=_("How do the scores stand?"),
        figure=str(sum(counts.values())),
        note=" · ".join(f"{band.label} {counts.get(band.value, 0)}" for band in RiskBand),
        url=reverse("admin:scoring_latestscore_changelist"),
    )


class ShowsBand:
    @display(description=gettext_lazy("risk band"), label=BANDS)
    def band(self, score):
        return score.risk_band, score.get_risk_band_display()


@admin.register(CreditScore)
class CreditScoreAdmin(ShowsBand, EndlessDesk):
    """Judgements as they were made, with what they were made from."""

    list_display = ["merchant", "points", "band", "as_of_day", "quality", "calculated_at"]
    list_select_related = ["merchant"]
    search_fields = ["merchant__code__exact", "code__exact"]
    search_help_text = gettext_lazy("Merchant ID")
    fieldsets = [
        (None, {"fields": ["code", "merchant", "run", "as_of", "calculated_at", "policy_version"]}),
        (
            gettext_lazy("Score"),
            {
                "fields": [
                    "points",
                    "risk_band",
                    "volume_points",
                    "consistency_points",
                    "growth_points",
                    "refund_points",
                    "settlement_points",
                    "quality",
                ]
            },
        ),
        (gettext_lazy("Limit"), {"fields": ["revenue", "lowest", "highest", "sales_count"]}),
        (gettext_lazy("Reasons"), {"fields": ["worded_reasons", "measurements"]}),
    ]
    readonly_fields = ["quality", "revenue", "lowest", "highest", "worded_reasons"]

    def get_queryset(self, request):
        # The daily figures are long, and for recomputing only.
        return super().get_queryset(request).defer("series")

    @display(description=gettext_lazy("data quality"))
    def quality(self, score):
        return QUALITIES[score.data_quality]

    @display(description=gettext_lazy("average monthly revenue"))
    def revenue(self, score):
        return rupiah(score.average_monthly_revenue)

    @display(description=gettext_lazy("lowest limit"))
    def lowest(self, score):
        return rupiah(score.min_limit)

    @display(description=gettext_lazy("highest limit"))
    def highest(self, score):
        return rupiah(score.max_limit)

    @display(description=gettext_lazy("reasons"))
    def worded_reasons(self, score):
        return format_html_join(
            "", "<p>{}</p>", ((reason_text(reason),) for reason in score.reasons)
        )


@admin.register(LatestScore)
class LatestScoreAdmin(ShowsBand, EndlessDesk):
    """Where each merchant stands now, best first."""

    list_display = ["merchant", "points", "band", "limit", "as_of"]
    list_filter = ["risk_band"]
    list_select_related = ["merchant"]
    search_fields = ["merchant__code__exact"]
    search_help_text = gettext_lazy("Merchant ID")
    ordering = ["-points", "merchant"]

    @display(description=gettext_lazy("highest limit"))
    def limit(self, score):
        return rupiah(score.max_limit)


@admin.register(ScoringRun)
class ScoringRunAdmin(ReadOnlyDesk):
    """Recalculations of every merchant: what is running, what stands still."""

    list_display = [
        "as_of", "is_historical", "scored", "total", "started_at", "finished_at", "is_stopped"
    ]  # fmt: skip
    list_filter = ["is_historical", "is_stopped"]
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-pk"]
    actions_list = ["recalculate_all"]

    def has_recalculate_permission(self, request, object_id=None):
        return request.user.has_perm("scoring.recalculate_all")

    @action(
        description=gettext_lazy("Recalculate all scores"),
        permissions=["recalculate"],
        icon="refresh",
        dialog={
            "title": gettext_lazy("Recalculate all scores?"),
            "description": gettext_lazy(
                "You can watch it and stop it; scores made until then stay."
            ),
            "form_submit_text": gettext_lazy("Recalculate"),
        },
    )
    def recalculate_all(self, request, form):
        try:
            job = start_watched_run(by=request.user, now=timezone.now())
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
            page = reverse("admin:scoring_scoringrun_changelist")
        else:
            page = reverse("jobs:detail", args=[job.code])
        return HttpResponse(headers={"HX-Redirect": page})
