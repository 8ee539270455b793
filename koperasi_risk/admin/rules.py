"""The desk of rules: its list here, its form and its other pages beside it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from core.formats import angka, jam, kapan, tanggal
from koperasi_risk.admin import rule_page, rule_pages, ruleset_pages
from koperasi_risk.admin.desk import (
    MANAGER,
    MANAGER_AND_BOARD,
    Badge,
    ReadOnlyTenantDesk,
    TenantDesk,
    person,
)
from koperasi_risk.admin.figures import figure
from koperasi_risk.admin.rule_words import factor_name, sentence
from koperasi_risk.domain.catalogue import CATALOGUE, find
from koperasi_risk.models import RiskRule, RiskRuleRevision
from koperasi_risk.selectors.rules import active_rules, breach_counts, rule_warnings

ACTIONS = {"APPROVE": "success", "MANUAL_REVIEW": "warning", "REJECT": "danger"}


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("risk category")
    parameter_name = "risk_category"

    def lookups(self, request, model_admin):
        categories = active_rules(request.seat.tenant).order_by("risk_category")
        return [
            (name, name)
            for name in dict.fromkeys(categories.values_list("risk_category", flat=True))
        ]

    def queryset(self, request, queryset):
        return queryset.filter(risk_category=self.value()) if self.value() else queryset


class ChangedByFilter(admin.SimpleListFilter):
    title = gettext_lazy("changed by")
    parameter_name = "updated_by"

    def lookups(self, request, model_admin):
        rules = active_rules(request.seat.tenant).exclude(updated_by=None)
        people = rules.order_by("updated_by__full_name").values_list(
            "updated_by__code", "updated_by__full_name"
        )
        return [(str(code), name) for code, name in dict.fromkeys(people)]

    def queryset(self, request, queryset):
        # Only somebody of the list can be asked for.
        known = {code for code, _name in self.lookup_choices}
        return queryset.filter(updated_by__code=self.value()) if self.value() in known else queryset


@admin.register(RiskRule)
class RiskRuleAdmin(TenantDesk):
    """By which rules members are scored, and how many break each of them."""

    readers = MANAGER_AND_BOARD
    keepers = removers = MANAGER
    list_display = [
        *("shown_factor", "says", "shown_weight", "risk_category", "shown_action"),
        *("breached", "changed"),
    ]
    list_display_links = ["shown_factor"]
    list_filter = [CategoryFilter, "auto_action", ChangedByFilter]
    list_select_related = ["updated_by"]
    list_before_template = "admin/koperasi_risk/riskrule/_before.html"
    search_fields = ["factor"]
    search_help_text = gettext_lazy("Name of the factor")
    ordering = ["pk"]
    actions = None
    actions_list = [
        "compare",
        {
            "title": gettext_lazy("Rule set"),
            "icon": "folder_copy",
            "items": ["export_rules", "import_rules", "install_starter"],
        },
    ]
    actions_row = ["simulate_rule", "history", "delete_rule"]

    def get_queryset(self, request):
        return super().get_queryset(request).active()

    def get_search_results(self, request, queryset, search_term):
        found, is_double = super().get_search_results(request, queryset, search_term)
        term = search_term.strip().lower()
        meant = [
            name
            for factor in CATALOGUE.values()
            if term and term in factor_name(factor.key).lower()
            for name in (factor.key, *factor.aliases)
        ]
        return found | queryset.filter(factor_key__in=meant), is_double

    def get_changelist_instance(self, request):
        page = super().get_changelist_instance(request)
        counts = breach_counts(request.seat.tenant)
        for rule in page.result_list:
            rule.breaches = counts.get(rule.pk)
        page.warnings = rule_warnings(request.seat.tenant, counts=counts)
        page.is_empty = not counts
        page.may_change = self.has_add_permission(request)
        return page

    def get_urls(self):
        ours = self.admin_site.admin_view
        name = "koperasi_risk_riskrule"
        return [
            path("simulasi/", ours(self.simulate), name=f"{name}_simulate"),
            path("<int:revision_id>/pulihkan/", ours(self.restore), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    # ── The list ───────────────────────────────────────────────────────────────────────
    @display(description=gettext_lazy("factor"), ordering="factor_key", header=True)
    def shown_factor(self, rule):
        return factor_name(rule.factor), rule.factor if find(rule.factor) else ""

    @display(description=gettext_lazy("the rule says"))
    def says(self, rule):
        said = sentence(rule.factor, rule.threshold)
        return format_html('<span class="kr-nowrap">{}</span>', said) if find(rule.factor) else said

    @display(description=gettext_lazy("weight"), ordering="weight")
    def shown_weight(self, rule):
        return figure(rule.weight)

    @display(description=gettext_lazy("automatic action"), ordering="auto_action", label=ACTIONS)
    def shown_action(self, rule):
        return Badge(rule.auto_action, rule.get_auto_action_display())

    @display(description=gettext_lazy("members in breach"))
    def breached(self, rule):
        counts = rule.breaches
        if not counts or not counts.judged:
            return "–"
        figures = {"breached": angka(counts.breached), "judged": angka(counts.judged)}
        return _("%(breached)s of %(judged)s") % figures

    @display(description=gettext_lazy("changed"), ordering="updated_at", header=True)
    def changed(self, rule):
        exactly = f"{tanggal(rule.updated_at)}, {jam(rule.updated_at)}"
        when = format_html(
            '<span class="kr-nowrap" title="{}">{}</span>', exactly, kapan(rule.updated_at)
        )
        return rule.updated_by or "Saksama", when

    # ── The form ───────────────────────────────────────────────────────────────────────
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        is_open = self.has_view_permission if object_id else self.has_add_permission
        if not is_open(request):
            raise PermissionDenied
        return rule_page.rule_page(self, request, self._rule(request, object_id))

    def simulate(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return rule_page.simulation(self, request)

    def _rule(self, request, object_id):
        rule = self.get_object(request, object_id) if object_id else None
        if object_id and rule is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return rule

    # ── One rule ───────────────────────────────────────────────────────────────────────
    @action(
        description=gettext_lazy("Simulate"),
        url_path="simulasikan",
        icon="science",
        permissions=["view"],
    )
    def simulate_rule(self, request, object_id):
        return rule_pages.to_form(object_id)

    @action(
        description=gettext_lazy("History"),
        url_path="riwayat",
        icon="history",
        permissions=["view"],
    )
    def history(self, request, object_id):
        return rule_pages.history(self, request, object_id)

    @action(
        description=gettext_lazy("Delete"),
        url_path="hapus",
        icon="delete",
        permissions=["delete"],
        variant=ActionVariant.DANGER,
    )
    def delete_rule(self, request, object_id):
        return rule_pages.delete(self, request, self._rule(request, object_id))

    def delete_view(self, request, object_id, extra_context=None):
        return self.delete_rule(request, object_id=object_id)

    def history_view(self, request, object_id, extra_context=None):
        return self.history(request, object_id=object_id)

    def restore(self, request, revision_id):
        if not self.has_change_permission(request):
            raise PermissionDenied
        return rule_pages.restore(self, request, revision_id)

    # ── The rule set ───────────────────────────────────────────────────────────────────
    @action(
        description=gettext_lazy("Compare versions"),
        url_path="banding",
        icon="compare_arrows",
        permissions=["view"],
    )
    def compare(self, request):
        return ruleset_pages.compare(self, request)

    @action(
        description=gettext_lazy("Export"),
        url_path="ekspor",
        icon="download",
        permissions=["view"],
    )
    def export_rules(self, request):
        return ruleset_pages.export(request)

    @action(
        description=gettext_lazy("Import or copy"),
        url_path="impor",
        icon="upload",
        permissions=["change"],
    )
    def import_rules(self, request):
        return ruleset_pages.take_in(self, request)

    @action(
        description=gettext_lazy("Starter rules"),
        url_path="aturan-awal",
        icon="playlist_add",
        permissions=["change"],
    )
    def install_starter(self, request):
        return ruleset_pages.starter(self, request)


@admin.register(RiskRuleRevision)
class RiskRuleRevisionAdmin(ReadOnlyTenantDesk):
    """Who changed which rule, when and why."""

    readers = MANAGER_AND_BOARD
    list_display = ["shown_rule", "version", "by", "why", "via", "at"]
    list_filter = ["via"]
    list_select_related = ["rule", "by"]
    search_fields = ["rule__factor"]
    search_help_text = gettext_lazy("Name of the factor")
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    fields = ["shown_rule", ("version", "via"), ("who", "checker"), "at", "why", "difference"]
    readonly_fields = ["shown_rule", "who", "checker", "difference"]
    who = person("by", gettext_lazy("by"))
    checker = person("approved_by", gettext_lazy("approved by"))

    @display(description=gettext_lazy("risk rule"), ordering="rule__factor_key")
    def shown_rule(self, revision):
        return factor_name(revision.rule.factor)

    @display(description=gettext_lazy("what changed"))
    def difference(self, revision):
        return rule_pages.difference(revision.before, revision.after)


def rule_address(rule_id: int) -> str:
    return reverse("admin:koperasi_risk_riskrule_change", args=[rule_id])
