from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from core.backoffice import EndlessDesk
from core.errors import Refusal
from core.formats import angka, jam, kapan, rupiah, tanggal
from koperasi_risk.admin.desk import MANAGER, Badge, ReadOnlyTenantDesk, person
from koperasi_risk.admin.rule_words import language
from koperasi_risk.domain import factors
from koperasi_risk.models import (
    DecisionOverride,
    LoanCheck,
    MemberFacts,
    RiskAssessment,
    RiskResult,
)
from koperasi_risk.portal.member_page.summary import applied_rules
from koperasi_risk.portal.words import DECISIONS as DECISION_WORDS
from koperasi_risk.portal.words import STANDINGS
from koperasi_risk.selectors.members import stale
from koperasi_risk.selectors.overrides import standing_of
from koperasi_risk.services.scores import start_rescore

DECISIONS = {"APPROVE": "success", "MANUAL_REVIEW": "warning", "AUTO_REJECT": "danger"}
STATES = {"WAITING": "warning", "APPROVED": "success", "REJECTED": "danger", "WITHDRAWN": ""}
STANDS = STATES | {"ACTIVE": "success", "OUTGROWN": "warning", "OVER": ""}


class StaleFilter(admin.SimpleListFilter):
    title = gettext_lazy("up to date")
    parameter_name = "stale"

    def lookups(self, request, model_admin):
        return [("yes", gettext_lazy("To be scored again")), ("no", gettext_lazy("Up to date"))]

    def queryset(self, request, queryset):
        tenant = request.seat.tenant
        old = stale(tenant, today=tenant.today(timezone.now()))
        wanted = {"yes": queryset.filter, "no": queryset.exclude}.get(self.value())
        return wanted(old) if wanted else queryset


def page_of(member, name: str, text) -> str:
    """Link to one of the koperasi's own pages about a member."""
    address = reverse(f"koperasi_risk:{name}", args=[member.code])
    return format_html('<a class="text-link" href="{}">{}</a>', address, text)


class ShowsDecision:
    @display(description=gettext_lazy("score"), ordering="score")
    def points(self, result):
        return angka(result.score, 2)

    @display(description=gettext_lazy("decision"), ordering="decision", label=DECISIONS)
    def shown_decision(self, result):
        return Badge(result.decision, DECISION_WORDS[result.decision])

    @display(description=gettext_lazy("computed at"), ordering="computed_at")
    def computed(self, result):
        exactly = f"{tanggal(result.computed_at)}, {jam(result.computed_at)}"
        return format_html(
            '<span class="kr-nowrap" title="{}">{}</span>', exactly, kapan(result.computed_at)
        )

    @display(description=gettext_lazy("rules applied"))
    def applied(self, result):
        context = {"rules": applied_rules(result)}
        return render_to_string("admin/koperasi_risk/_lines.html", context)

    @display(description=gettext_lazy("main reason"))
    def main_reason(self, result):
        return result.reasons[0] if result.reasons else "–"

    @display(description=gettext_lazy("reasons"))
    def all_reasons(self, result):
        return format_html_join("", "<p>{}</p>", ((reason,) for reason in result.reasons))


@admin.register(RiskResult)
class RiskResultAdmin(ShowsDecision, ReadOnlyTenantDesk):
    """What the engine says of each member now; another decision is asked for as an override."""

    list_display = ["member", "points", "shown_decision", "main_reason", "state", "computed"]
    list_filter = ["decision", StaleFilter]
    list_select_related = ["member"]
    search_fields = ["member__full_name", "member__number"]
    search_help_text = gettext_lazy("Name or member number")
    ordering = ["score", "member_id"]
    actions_list = ["rescore_all"]
    fields = [
        *(("points", "shown_decision"), "all_reasons", "applied"),
        *("state", ("as_of", "computed_at"), "pages"),
    ]
    readonly_fields = ["points", "shown_decision", "all_reasons", "applied", "state", "pages"]

    def get_queryset(self, request):
        tenant = request.seat and request.seat.tenant
        rows = super().get_queryset(request)
        if tenant is None:
            return rows
        old = stale(tenant, today=tenant.today(timezone.now()))
        return rows.annotate(is_old=ExpressionWrapper(old, output_field=BooleanField()))

    @display(description=gettext_lazy("state"), label={"old": "warning", "present": "success"})
    def state(self, result):
        if result.is_old:
            return Badge("old", _("To be scored again"))
        return Badge("present", _("Up to date"))

    @display(description=gettext_lazy("rules applied"))
    def applied(self, result):
        return super().applied(result.assessment)

    @display(description=gettext_lazy("what can be done"))
    def pages(self, result):
        return format_html(
            "{} · {}",
            page_of(result.member, "member", _("Open the member")),
            page_of(result.member, "ask-override", _("Ask for another decision")),
        )

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
    list_display = ["member", "points", "shown_decision", "occasion", "as_of", "computed"]
    list_filter = ["decision", "trigger"]
    list_select_related = ["member"]
    search_fields = ["member__number__exact", "code__exact"]
    search_help_text = gettext_lazy("Member number, or the code of an assessment")
    ordering = ["-pk"]
    fields = [
        *("member", ("points", "shown_decision"), "all_reasons", "applied"),
        *(("occasion", "as_of"), "computed_at", "code", "ruleset_hash"),
    ]
    readonly_fields = ["points", "shown_decision", "all_reasons", "applied", "occasion"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("seen", "lines")

    @display(description=gettext_lazy("occasion"), ordering="trigger")
    def occasion(self, assessment):
        return assessment.get_trigger_display()


@admin.register(DecisionOverride)
class DecisionOverrideAdmin(ReadOnlyTenantDesk):
    """Where people decided otherwise than the engine, until when, and who agreed."""

    list_display = ["member", "changed", "reason_code", "shown_state", "maker", "valid_until"]
    list_filter = ["state", "reason_code", "went_to"]
    list_select_related = ["member__risk_result", "maker", "tenant"]
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
                    ("asker", "made_at"),
                    ("decider", "decided_at"),
                    "ended_at",
                ]
            },
        ),
    ]
    readonly_fields = ["changed", "shown_state", "asker", "decider"]
    asker = person("maker", gettext_lazy("asked by"))
    decider = person("checker", gettext_lazy("decided by"))

    @display(description=gettext_lazy("change"))
    def changed(self, override):
        return f"{DECISION_WORDS[override.came_from]} → {DECISION_WORDS[override.went_to]}"

    @display(description=gettext_lazy("state"), ordering="state", label=STANDS)
    def shown_state(self, override):
        standing = standing_of(override, today=override.tenant.today(timezone.now()))
        return Badge(standing, STANDINGS[standing])


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
        *(("points", "shown_decision"), "all_reasons", "applied", "override"),
        *(("asker", "asked_at"), "code"),
    ]
    readonly_fields = [
        *("shown_amount", "shown_installment", "points", "shown_decision", "all_reasons"),
        *("applied", "asker"),
    ]
    asker = person("asked_by", gettext_lazy("asked by"))

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
        *(("days_past_due", "collectability"), "owed", "shown_values"),
    ]
    readonly_fields = ["owed", "shown_values"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("values")

    @display(description=gettext_lazy("values"))
    def shown_values(self, facts):
        rows = [
            (factor.label(language()), key, factors.written(factor, value, language()))
            for key, value in factors.decode(facts.values).items()
            if (factor := factors.CATALOGUE.get(key))
        ]
        return render_to_string("admin/koperasi_risk/_facts.html", {"rows": rows})

    @display(description=gettext_lazy("outstanding"), ordering="outstanding")
    def owed(self, facts):
        return rupiah(facts.outstanding)
