from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.formats import rupiah
from koperasi_risk.admin.desk import Badge, ReadOnlyTenantDesk, ReadOnlyTenantInline
from koperasi_risk.admin.saving_deeds import AccountDeeds, MovementDeeds
from koperasi_risk.models import SavingsAccount, SavingsMovement

MOVEMENTS = {
    "PENDING": "warning", "VERIFIED": "success", "APPROVED": "success", "REJECTED": "danger"
}  # fmt: skip


class MovementInline(ReadOnlyTenantInline):
    model = SavingsMovement
    fields = ["on", "kind", "amount", "status", "reference"]
    ordering = ["-on", "-pk"]
    per_page = 25
    show_change_link = True


@admin.register(SavingsAccount)
class SavingsAccountAdmin(AccountDeeds, ReadOnlyTenantDesk):
    """What members have saved, and what of it is blocked."""

    list_display = ["member", "kind", "amount", "blocked", "matures_on"]
    list_filter = ["kind"]
    list_select_related = ["member"]
    search_fields = ["member__full_name", "member__number", "number"]
    search_help_text = gettext_lazy("Name or number of the member, number of the account")
    ordering = ["member__full_name", "kind", "pk"]
    inlines = [MovementInline]
    fields = ["member", "kind", "number", "amount", "blocked", "matures_on"]
    readonly_fields = ["amount", "blocked"]

    @display(description=gettext_lazy("balance"), ordering="balance")
    def amount(self, account):
        return rupiah(account.balance)

    @display(description=gettext_lazy("blocked as collateral"), ordering="blocked_amount")
    def blocked(self, account):
        return rupiah(account.blocked_amount)


@admin.register(SavingsMovement)
class SavingsMovementAdmin(MovementDeeds, ReadOnlyTenantDesk):
    """Which deposits and withdrawals came in, and which still wait for a look."""

    list_display = ["on", "member", "account", "kind", "shown_amount", "shown_status"]
    list_filter = ["status", "kind", "account__kind"]
    list_select_related = ["account__member"]
    search_fields = ["account__member__full_name", "account__member__number", "reference"]
    search_help_text = gettext_lazy("Name or number of the member, or a reference")
    date_hierarchy = "on"
    ordering = ["-on", "-pk"]
    fields = [
        *("member", "account", "on", "kind", "shown_amount", "fee"),
        *("method", "status", "reference"),
    ]
    readonly_fields = ["member", "shown_amount"]

    @display(description=gettext_lazy("member"), ordering="account__member__full_name")
    def member(self, movement):
        return movement.account.member

    @display(description=gettext_lazy("amount"), ordering="amount")
    def shown_amount(self, movement):
        return rupiah(movement.amount)

    @display(description=gettext_lazy("status"), ordering="status", label=MOVEMENTS)
    def shown_status(self, movement):
        return Badge(movement.status, movement.get_status_display())
