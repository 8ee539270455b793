from django.contrib import admin

from koperasi_risk.admin.desk import MANAGER, MANAGER_AND_BOARD, ReadOnlyTenantDesk, TenantDesk
from koperasi_risk.models import RiskRule, RiskRuleRevision


@admin.register(RiskRule)
class RiskRuleAdmin(TenantDesk):
    """By which rules members are scored, and how many break each of them."""

    readers = MANAGER_AND_BOARD
    keepers = removers = MANAGER
    list_display = ["factor", "threshold", "weight", "risk_category", "auto_action", "updated_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).active()


@admin.register(RiskRuleRevision)
class RiskRuleRevisionAdmin(ReadOnlyTenantDesk):
    """Who changed which rule, when and why."""

    readers = MANAGER_AND_BOARD
    list_display = ["rule", "version", "by", "why", "via", "at"]
    list_filter = ["via"]
    list_select_related = ["rule", "by"]
    search_fields = ["rule__factor"]
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
