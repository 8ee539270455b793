"""Changes of rules that wait for a second person: read with what they would do, and decided there."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from core.errors import Refusal
from koperasi_risk.admin.desk import MANAGER_AND_BOARD, Badge, ReadOnlyTenantDesk
from koperasi_risk.admin.results import STATES
from koperasi_risk.admin.rule_page import counts_of
from koperasi_risk.admin.rule_words import changed, factor_name
from koperasi_risk.domain.rule_contents import content_of, from_wire, to_wire
from koperasi_risk.models import RuleProposal
from koperasi_risk.selectors.rules import proposals_of
from koperasi_risk.selectors.simulation import simulate
from koperasi_risk.services.notes import MAX_WHY
from koperasi_risk.services.proposals import decide_proposal, withdraw_proposal

APPROVE, REJECT, WITHDRAW = "approve", "reject", "withdraw"


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=MAX_WHY,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


@admin.register(RuleProposal)
class RuleProposalAdmin(ReadOnlyTenantDesk):
    """Which changes of rules wait for a second person, and what became of the others."""

    readers = MANAGER_AND_BOARD
    list_display = ["shown_factor", "kind", "shown_state", "why", "maker", "made_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["maker"]
    ordering = ["-made_at", "-pk"]

    @display(description=gettext_lazy("factor"), ordering="factor_key")
    def shown_factor(self, proposal):
        return factor_name(proposal.factor_key)

    @display(description=gettext_lazy("state"), ordering="state", label=STATES)
    def shown_state(self, proposal):
        return Badge(proposal.state, proposal.get_state_display())

    def has_decide_permission(self, request) -> bool:
        return bool(request.seat and request.seat.has(*MANAGER_AND_BOARD))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        proposal = proposals_of(request.seat.tenant).get(pk=found.pk)
        form = NoteForm(request.POST or None)
        if request.method == "POST":
            return self._decided(request, proposal, form)
        return self._shown(request, proposal, form)

    def _decided(self, request: HttpRequest, proposal: RuleProposal, form) -> HttpResponse:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        deed = next((deed for deed in (APPROVE, REJECT, WITHDRAW) if deed in request.POST), None)
        if deed is None or not form.is_valid():
            return self._shown(request, proposal, form, status=400)
        whole = {
            "tenant": request.seat.tenant,
            "proposal_id": proposal.pk,
            "by": request.user,
            "now": timezone.now(),
            "note": form.cleaned_data["note"],
        }
        try:
            if deed == WITHDRAW:
                withdraw_proposal(**whole)
            else:
                decide_proposal(**whole, approve=deed == APPROVE)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
            return self._shown(request, proposal, form, status=refusal.status)
        said = {
            APPROVE: _("The change is approved, and decides from now on."),
            REJECT: _("The change is rejected; the rules stay as they are."),
            WITHDRAW: _("The proposal is withdrawn."),
        }
        self.message_user(request, said[deed], messages.SUCCESS)
        return redirect("admin:koperasi_risk_ruleproposal_changelist")

    def _shown(self, request, proposal: RuleProposal, form, *, status: int = 200) -> HttpResponse:
        rule = proposal.rule
        present = to_wire(content_of(rule)) if rule and not rule.deleted_at else None
        is_waiting = proposal.state == RuleProposal.State.WAITING
        is_own = proposal.maker_id == request.user.pk
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": f"{proposal.get_kind_display()}: {factor_name(proposal.factor_key)}",
            "proposal": proposal,
            "changes": changed(present, proposal.content) if is_waiting else [],
            "is_new": present is None,
            "form": form,
            "is_waiting": is_waiting,
            "is_own": is_own,
            "may_decide": is_waiting and not is_own and self.has_decide_permission(request),
            **(self._simulated(request, proposal) if is_waiting else {}),
        }
        page = "admin/koperasi_risk/ruleproposal/page.html"
        return render(request, page, context, status=status)

    @staticmethod
    def _simulated(request: HttpRequest, proposal: RuleProposal) -> dict:
        is_in_force = proposal.rule_id and not proposal.rule.deleted_at
        if not (is_in_force or proposal.content):
            return {}
        try:
            found = simulate(
                request.seat.tenant,
                rule_id=proposal.rule_id if is_in_force else None,
                content=from_wire(proposal.content) if proposal.content else None,
                now=timezone.now(),
            )
        except Refusal as refusal:
            return {"problems": [refusal.message]}
        return {"simulation": found, "counts": counts_of(found)}
