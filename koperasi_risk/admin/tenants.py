from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from koperasi_risk.admin.desk import MANAGER, MANAGER_AND_BOARD, TenantDesk
from koperasi_risk.models import Tenant, TenantMembership, TenantRole


@admin.register(Tenant)
class TenantAdmin(TenantDesk):
    """What this koperasi lends and scores by."""

    readers = MANAGER_AND_BOARD
    keepers = MANAGER
    is_kept_on_visits = True
    list_display = ["__str__", "kind", "collectability_preset", "use_score_bands"]
    list_select_related = ["organisation"]

    def has_add_permission(self, request, *args):
        return False

    @staticmethod
    def own(rows, tenant):
        return rows.filter(pk=tenant.pk)


@admin.register(TenantMembership)
class TenantMembershipAdmin(TenantDesk):
    """Who works for this koperasi, and in which roles."""

    readers = MANAGER_AND_BOARD
    is_kept_on_visits = True
    list_display = ["user", "shown_roles", "since", "ended_at"]
    list_select_related = ["user"]
    ordering = ["user__full_name", "pk"]

    @display(description=gettext_lazy("roles"))
    def shown_roles(self, membership):
        return ", ".join(str(TenantRole(role).label) for role in membership.roles)
