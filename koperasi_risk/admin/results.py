from django.contrib import admin, messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from core.backoffice import EndlessDesk
from core.errors import Refusal
from core.formats import angka, rupiah
from koperasi_risk.admin.desk import MANAGER, ReadOnlyTenantDesk
from koperasi_risk.models import (
    DecisionOverride,
    LoanCheck,
    MemberFacts,
    RiskAssessment,
    RiskResult,
)
from koperasi_risk.services.scores import start_rescore

DECISIONS = {"APPROVE": "success", "MANUAL_REVIEW": "warning", "AUTO_REJECT": "danger"}
STATES = {"WAITING": "warning", "APPROVED": "success", "REJECTED": "danger", "WITHDRAWN": ""}


class ShowsDecision:
    @display(description=gettext_lazy("score"), ordering="score")
    def points(self, result):
        return angka(result.score, 2)

    @display(description=gettext_lazy("decision"), ordering="decision", label=DECISIONS)
    def shown_decision(self, result):
        return result.decision, result.get_decision_display()

    @display(description=gettext_lazy("main reason"))
    def main_reason(self, result):
        return result.reasons[0] if result.reasons else "–"

    @display(description=gettext_lazy("reasons"))
    def all_reasons(self, result):
        return format_html_join("", "<p>{}</p>", ((reason,) for reason in result.reasons))


@admin.register(RiskResult)
class RiskResultAdmin(ShowsDecision, ReadOnlyTenantDesk):
    """What the engine says of each member now; another decision is asked for as an override."""

    list_display = ["member", "points", "shown_decision", "main_reason", "computed_at"]
    list_filter = ["decision"]
    list_select_related = ["member"]
    search_fields = ["member__full_name", "member__number"]
    search_help_text = gettext_lazy("Name or member number")
    ordering = ["score", "member_id"]
    actions_list = ["rescore_all"]
    fields = ["member", "points", "shown_decision", "all_reasons", "as_of", "computed_at"]
    readonly_fields = ["points", "shown_decision", "all_reasons"]

    def has_rescore_permission(self, request, object_id=None):
        return bool(request.seat and request.seat.has(*MANAGER))

    @action(
        description=gettext_lazy("Score all members again"),
        permissions=["rescore"],
        icon="refresh",
        dialog={
            "title": gettext_lazy("Score all members again?"),
            "description": gettext_lazy("You can watch it and stop it; earlier scores are kept."),
            "form_submit_text": gettext_lazy("Score all"),
        },
    )
    def rescore_all(self, request, form):
        page = reverse("admin:koperasi_risk_riskresult_changelist")
        try:
            job = start_rescore(
                tenant=request.seat.tenant, by=request.user, now=timezone.now(), back=page
            )
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.WARNING)
        else:
            page = reverse("jobs:detail", args=[job.code])
        return HttpResponse(headers={"HX-Redirect": page})


@admin.register(RiskAssessment)
class RiskAssessmentAdmin(ShowsDecision, ReadOnlyTenantDesk):
    """Every scoring as it was made, with the rules and facts that it saw."""

    paginator = EndlessDesk.paginator
    list_display = ["member", "points", "shown_decision", "trigger", "as_of", "computed_at"]
    list_filter = ["decision", "trigger"]
    list_select_related = ["member"]
    search_fields = ["member__number__exact", "code__exact"]
    search_help_text = gettext_lazy("Member number, or the code of an assessment")
    ordering = ["-pk"]
    fields = [
        *("member", "points", "shown_decision", "all_reasons", "trigger"),
        *("as_of", "computed_at", "code", "ruleset_hash"),
    ]
    readonly_fields = ["points", "shown_decision", "all_reasons"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("seen")


@admin.register(DecisionOverride)
class DecisionOverrideAdmin(ReadOnlyTenantDesk):
    """Where people decided otherwise than the engine, until when, and who agreed."""

    list_display = ["member", "changed", "reason_code", "shown_state", "maker", "valid_until"]
    list_filter = ["state", "reason_code", "went_to"]
    list_select_related = ["member", "maker"]
    search_fields = ["member__full_name", "member__number"]
    search_help_text = gettext_lazy("Name or member number")
    ordering = ["-made_at", "-pk"]
    fieldsets = [
        (None, {"fields": ["member", "changed", ("reason_code", "valid_until"), "note"]}),
        (
            gettext_lazy("Decision"),
            {
                "fields": [
                    ("shown_state", "decision_note"),
                    ("maker", "made_at"),
                    ("checker", "decided_at"),
                    "ended_at",
                ]
            },
        ),
    ]
    readonly_fields = ["changed", "shown_state"]

    @display(description=gettext_lazy("change"))
    def changed(self, override):
        return f"{override.get_came_from_display()} → {override.get_went_to_display()}"

    @display(description=gettext_lazy("state"), ordering="state", label=STATES)
    def shown_state(self, override):
        return override.state, override.get_state_display()


@admin.register(LoanCheck)
class LoanCheckAdmin(ShowsDecision, ReadOnlyTenantDesk):
    """Which loans were asked for, and what the engine answered."""

    list_display = [
        "member",
        "shown_amount",
        "tenor_months",
        "shown_decision",
        "asked_by",
        "asked_at",
    ]
    list_filter = ["decision", ("override", admin.EmptyFieldListFilter)]
    list_select_related = ["member", "asked_by"]
    search_fields = ["member__full_name", "member__number", "code__exact"]
    search_help_text = gettext_lazy("Name or number of the member, or the code of a check")
    date_hierarchy = "asked_at"
    ordering = ["-asked_at", "-pk"]
    fields = [
        *("member", ("shown_amount", "tenor_months"), "shown_installment"),
        *("points", "shown_decision", "all_reasons", "override", ("asked_by", "asked_at"), "code"),
    ]
    readonly_fields = [
        *("shown_amount", "shown_installment", "points", "shown_decision", "all_reasons"),
    ]

    @display(description=gettext_lazy("amount"), ordering="amount")
    def shown_amount(self, check):
        return rupiah(check.amount)

    @display(description=gettext_lazy("instalment a month"))
    def shown_installment(self, check):
        return rupiah(check.monthly_installment)


@admin.register(MemberFacts)
class MemberFactsAdmin(ReadOnlyTenantDesk):
    """What was known of each member at the end of each day."""

    paginator = EndlessDesk.paginator
    list_display = ["member", "as_of", "days_past_due", "collectability", "owed", "computed_at"]
    list_filter = ["collectability"]
    list_select_related = ["member"]
    search_fields = ["member__number__exact"]
    search_help_text = gettext_lazy("Member number")
    date_hierarchy = "as_of"
    ordering = ["-as_of", "-pk"]
    fields = [
        *("member", ("as_of", "computed_at"), "member_status"),
        *(("days_past_due", "collectability"), "owed"),
    ]
    readonly_fields = ["owed"]

    @display(description=gettext_lazy("outstanding"), ordering="outstanding")
    def owed(self, facts):
        return rupiah(facts.outstanding)
