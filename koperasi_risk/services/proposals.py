"""
Changes of rules that wait for a second person, where a koperasi asks for one.

One waits for each factor and each rule. Whoever made it never decides it, and what is approved is
checked against the rules as they are by then.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, NotAllowed, NotFound
from koperasi_risk.domain.rule_contents import RuleContent, from_wire, to_wire
from koperasi_risk.models import RiskRule, RuleProposal, Tenant, TenantRole
from koperasi_risk.selectors.rules.contents import checked
from koperasi_risk.services.notes import checked_note
from koperasi_risk.services.rights import require_role
from koperasi_risk.services.rule_book import (
    Deed,
    erase,
    locked,
    refuse_a_duplicate,
    refuse_another_version,
    write,
)

Kind, State = RuleProposal.Kind, RuleProposal.State


class ProposalNotFound(NotFound):
    code = "proposal_not_found"


class ProposalWaits(Conflict):
    """A change of this rule waits already; `first` is that proposal."""

    code = "proposal_waits"

    def __init__(self, first: RuleProposal):
        self.first = first
        message = _("A change of %(factor)s proposed by %(who)s waits already.") % {
            "factor": first.factor_key,
            "who": first.maker,
        }
        super().__init__(message, fields={"factor": message})


class ProposalDecided(Conflict):
    """Somebody was quicker; `proposal` says who and how."""

    code = "proposal_decided"

    def __init__(self, proposal: RuleProposal):
        self.proposal = proposal
        super().__init__(
            _("This proposal waits no longer: %(state)s.") % {"state": proposal.get_state_display()}
        )


class OwnProposal(NotAllowed):
    code = "own_proposal"


def propose(
    tenant: Tenant, rule: RiskRule | None, content: RuleContent | None, deed: Deed
) -> RuleProposal:
    """
    Keep a change for a second person; without content it is a deletion.

    The caller holds the koperasi's row and checked the change. Raises ProposalWaits.
    """
    key = content.key if content else rule.factor_key
    if first := waiting_for(tenant, rule, key):
        raise ProposalWaits(first)
    proposal = RuleProposal.objects.create(
        tenant=tenant,
        kind=Kind.SAVE if content else Kind.DELETE,
        rule=rule,
        base_version=rule.version if rule else 0,
        factor_key=key,
        content=content and to_wire(content),
        why=deed.why,
        via=deed.via,
        maker=deed.by,
        made_at=deed.now,
    )
    _note(tenant, proposal, "proposed", by=deed.by, now=deed.now, reason=deed.why)
    return proposal


def waiting_for(tenant: Tenant, rule: RiskRule | None, key: str) -> RuleProposal | None:
    """Return the change of this rule, or of this factor's, that waits."""
    about = Q(factor_key=key) | Q(rule=rule.pk) if rule else Q(factor_key=key)
    waiting = RuleProposal.objects.of(tenant).filter(about, state=State.WAITING)
    return waiting.select_related("maker").order_by("pk").first()


@transaction.atomic
def decide_proposal(
    *, tenant: Tenant, proposal_id: int, approve: bool, by: User, now: datetime, note: str = ""
) -> RuleProposal:
    """
    Approve a change, which is then made in its maker's name, or reject it.

    Raises ProposalNotFound, ProposalDecided, OwnProposal for the maker and NotAllowed for everybody but
    risk managers and the board. An approval is refused by RuleChanged or DuplicateFactor where the
    rules are not what they were; the proposal goes on waiting then.
    """
    note = checked_note(note)
    tenant = locked(tenant)
    proposal = _waiting(tenant, proposal_id)
    if proposal.maker_id == by.pk:
        raise OwnProposal(_("Somebody else has to decide what you proposed."))
    require_role(tenant, by, TenantRole.RISK_MANAGER, TenantRole.BOARD)
    if approve:
        proposal.rule = _apply(tenant, proposal, by=by, now=now)
    proposal.checker = by
    return _move(tenant, proposal, State.APPROVED if approve else State.REJECTED, by, now, note)


@transaction.atomic
def withdraw_proposal(
    *, tenant: Tenant, proposal_id: int, by: User, now: datetime, note: str = ""
) -> RuleProposal:
    """
    Take back what one proposed oneself.

    Raises ProposalNotFound, ProposalDecided, NotAllowed for everybody but the maker.
    """
    note = checked_note(note)
    tenant = locked(tenant)
    proposal = _waiting(tenant, proposal_id)
    if proposal.maker_id != by.pk:
        raise NotAllowed()
    return _move(tenant, proposal, State.WITHDRAWN, by, now, note)


def _waiting(tenant: Tenant, proposal_id: int) -> RuleProposal:
    proposals = RuleProposal.objects.of(tenant).select_related("maker")
    proposal = proposals.filter(pk=proposal_id).first()
    if proposal is None:
        raise ProposalNotFound()
    if proposal.state != State.WAITING:
        raise ProposalDecided(proposal)
    return proposal


def _apply(tenant: Tenant, proposal: RuleProposal, *, by: User, now: datetime) -> RiskRule:
    deed = Deed(proposal.maker, now, proposal.why, proposal.via, approved_by=by)
    # A rule that was deleted since has another version, too.
    rule = proposal.rule_id and _rule_of(tenant, proposal.rule_id)
    if rule:
        refuse_another_version(tenant, rule, proposal.base_version)
    if proposal.kind == Kind.DELETE:
        return erase(tenant, rule, deed)
    content = checked(from_wire(proposal.content))
    refuse_a_duplicate(tenant, content, besides=rule)
    return write(tenant, rule, content, deed)


def _rule_of(tenant: Tenant, rule_id: int) -> RiskRule:
    return RiskRule.objects.of(tenant).select_related("updated_by").get(pk=rule_id)


def _move(
    tenant: Tenant, proposal: RuleProposal, state: State, by: User, now: datetime, note: str
) -> RuleProposal:
    proposal.state, proposal.decided_at, proposal.note = state, now, note
    proposal.save(update_fields=["state", "checker", "decided_at", "note", "rule"])
    _note(tenant, proposal, state.lower(), by=by, now=now, reason=note)
    return proposal


def _note(tenant: Tenant, proposal: RuleProposal, verb: str, *, by, now, reason: str) -> None:
    audit.record(
        f"risk_rule_proposal.{verb}",
        now=now,
        by=by,
        subject=tenant.organisation,
        reason=reason,
        proposal_id=proposal.pk,
        kind=str(proposal.kind),
        rule_id=proposal.rule_id,
    )
