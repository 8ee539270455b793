"""Warnings and what banks said of them, to read."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from alerts.models import BankReview, EarlyWarning, WarningStep
from alerts.models.warnings import Severity
from alerts.wording import deviation_text, figure, resolution_text, warning_text
from core.backoffice import Answer, EndlessDesk, ReadOnlyInline, morning

COLOURS = {"CRITICAL": "danger", "MEDIUM": "warning", "LOW": "info"}


@morning
def how_many_shops_are_in_trouble(now: datetime) -> Answer:
    open_ones = EarlyWarning.objects.filter(status=EarlyWarning.Status.OPEN)
    counts = dict(
        open_ones.values("severity")
        .annotate(warnings=Count("pk"))
        .values_list("severity", "warnings")
    )
    return Answer(
        question=_("How many early warnings are open?"),
        figure=str(sum(counts.values())),
        note=" · ".join(f"{tier.label} {counts.get(tier.value, 0)}" for tier in Severity),
        url=reverse("admin:alerts_earlywarning_changelist") + "?status__exact=OPEN",
    )


class ShowsSeverity:
    @display(description=gettext_lazy("severity"), label=COLOURS)
    def tier(self, row):
        return row.severity, row.get_severity_display()


class StepsInline(ReadOnlyInline):
    model = WarningStep
    fields = ["at", "event", "severity", "value", "off"]
    readonly_fields = ["value", "off"]
    ordering = ["pk"]

    @display(description=gettext_lazy("value"))
    def value(self, step):
        return figure(step.warning, step.current_value)

    @display(description=gettext_lazy("deviation"))
    def off(self, step):
        return deviation_text(step.warning, step.deviation)


@admin.register(EarlyWarning)
class EarlyWarningAdmin(ShowsSeverity, EndlessDesk):
    """What scans found: where trouble is, how bad, since when, and what became of it."""

    list_display = ["merchant", "kind", "tier", "status", "detected_at", "updated_at"]
    list_filter = ["status", "severity", "kind"]
    list_select_related = ["merchant"]
    search_fields = ["merchant__code__exact", "code__exact"]
    search_help_text = gettext_lazy("Merchant ID")
    inlines = [StepsInline]
    fieldsets = [
        (None, {"fields": ["code", "merchant", "kind", "severity", "status", "sentence"]}),
        (gettext_lazy("Figures"), {"fields": ["value", "line", "off", "facts"]}),
        (
            gettext_lazy("Story"),
            {
                "fields": [
                    "detected_at",
                    "updated_at",
                    "worsened_at",
                    "resolved_at",
                    "closed_because",
                    "acknowledged_at",
                ]
            },
        ),
    ]
    readonly_fields = ["sentence", "value", "line", "off", "closed_because"]

    @display(description=gettext_lazy("in words"))
    def sentence(self, warning):
        return warning_text(warning)

    @display(description=gettext_lazy("value"))
    def value(self, warning):
        return figure(warning, warning.current_value)

    @display(description=gettext_lazy("threshold"))
    def line(self, warning):
        return figure(warning, warning.threshold)

    @display(description=gettext_lazy("deviation"))
    def off(self, warning):
        return deviation_text(warning)

    @display(description=gettext_lazy("resolution"))
    def closed_because(self, warning):
        return resolution_text(warning) or "–"


@admin.register(BankReview)
class BankReviewAdmin(EndlessDesk):
    """Who said what of which warning, and when; the notes are their bank's alone."""

    list_display = ["warning", "merchant", "bank", "state", "by", "at"]
    list_filter = ["state", "bank"]
    list_select_related = ["warning__merchant", "bank", "by"]
    fields = ["warning", "bank", "state", "by", "at"]

    @display(description=gettext_lazy("merchant"))
    def merchant(self, review):
        return review.warning.merchant
