from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from koperasi_risk.admin.desk import MANAGER_AND_BOARD, ReadOnlyTenantDesk
from koperasi_risk.admin.results import STATES
from koperasi_risk.models import RuleProposal


@admin.register(RuleProposal)
class RuleProposalAdmin(ReadOnlyTenantDesk):
    """Which changes of rules wait for a second person, and what became of the others."""

    readers = MANAGER_AND_BOARD
    list_display = ["factor_key", "kind", "shown_state", "why", "maker", "made_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["maker"]
    ordering = ["-made_at", "-pk"]
    readonly_fields = ["shown_state"]

    @display(description=gettext_lazy("state"), ordering="state", label=STATES)
    def shown_state(self, proposal):
        return proposal.state, proposal.get_state_display()
