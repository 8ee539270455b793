from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.tests.people import at_once
from core.errors import NotAllowed
from core.models import AuditEntry, OutboxEvent
from core.tenancy import tenant_scope
from koperasi_risk.models import RiskRule, RiskRuleRevision, RuleProposal, Tenant, TenantRole
from koperasi_risk.selectors.rules import active_rules
from koperasi_risk.services.proposals import (
    OwnProposal,
    ProposalDecided,
    ProposalNotFound,
    ProposalWaits,
    decide_proposal,
    withdraw_proposal,
)
from koperasi_risk.services.rules import (
    DuplicateFactor,
    RuleChanged,
    RuleContent,
    delete_rule,
    restore_revision,
    save_rule,
)
from koperasi_risk.tests.factories import NOON, a_koperasi, a_person

CONTENT = RuleContent("max_dpd_current", Decimal(15), Decimal(30), "sedang", "MANUAL_REVIEW")


@pytest.fixture
def checked(mekar):
    """Wayan's koperasi, where a second person approves rules."""
    asks(mekar, True)
    return mekar


@pytest.fixture
def ketut(mekar):
    """Manages risks beside Wayan."""
    return a_person("Ketut", mekar, TenantRole.RISK_MANAGER)


def asks(tenant, is_so: bool) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(rules_need_approval=is_so)


def propose(tenant, by, **changes):
    asked = {name: changes.pop(name) for name in ("rule_id", "why", "via") if name in changes}
    content = replace(CONTENT, **changes)
    return save_rule(tenant=tenant, content=content, by=by, now=NOON, **asked).proposal


def in_force(tenant, by, **changes) -> RiskRule:
    asks(tenant, False)
    content = replace(CONTENT, **changes)
    rule = save_rule(tenant=tenant, content=content, by=by, now=NOON).rule
    asks(tenant, True)
    return rule


def decide(tenant, proposal, by, approve=True, **asked):
    return decide_proposal(
        tenant=tenant, proposal_id=proposal.pk, approve=approve, by=by, now=NOON, **asked
    )


def test_a_change_waits_and_nothing_else_happens(checked, wayan):
    proposal = propose(checked, wayan, why="RAT")

    assert (proposal.state, proposal.base_version, proposal.rule) == ("WAITING", 0, None)
    assert not RiskRule.objects.exists()
    assert not RiskRuleRevision.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert AuditEntry.objects.get().action == "risk_rule_proposal.proposed"


def test_an_approved_rule_names_both_people(checked, wayan, ketut):
    proposal = decide(checked, propose(checked, wayan, why="RAT", via="ADMIN"), ketut, note="ya")

    revision = RiskRuleRevision.objects.get()
    assert (proposal.state, proposal.checker, proposal.note) == ("APPROVED", ketut, "ya")
    assert proposal.rule == revision.rule == active_rules(checked).get()
    assert (revision.by, revision.approved_by) == (wayan, ketut)
    assert (revision.why, revision.via) == ("RAT", "ADMIN")


def test_a_change_and_a_deletion_are_made_once_approved(checked, wayan, ketut):
    rule = in_force(checked, wayan)

    decide(checked, propose(checked, wayan, rule_id=rule.pk, weight=Decimal(40)), ketut)
    assert active_rules(checked).get().weight == 40
    deletion = delete_rule(tenant=checked, rule_id=rule.pk, by=wayan, now=NOON)
    assert active_rules(checked).exists()
    decide(checked, deletion.proposal, ketut)
    assert not active_rules(checked).exists()


def test_a_deleted_rule_comes_back_once_approved(checked, wayan, ketut):
    rule = in_force(checked, wayan)
    asks(checked, False)
    delete_rule(tenant=checked, rule_id=rule.pk, by=wayan, now=NOON)
    asks(checked, True)
    revision = RiskRuleRevision.objects.get(version=1)

    back = restore_revision(
        tenant=checked, revision_id=revision.pk, by=wayan, now=NOON, why="keliru"
    )
    decide(checked, back.proposal, ketut)

    assert active_rules(checked).get() == rule


def test_one_change_of_a_rule_waits_at_a_time(checked, wayan, ketut):
    rule = in_force(checked, wayan)
    first = propose(checked, wayan, rule_id=rule.pk, weight=Decimal(1))

    with pytest.raises(ProposalWaits, match="Wayan") as refusal:
        propose(checked, ketut, rule_id=rule.pk, factor="other")
    assert refusal.value.first == first
    with pytest.raises(ProposalWaits):
        delete_rule(tenant=checked, rule_id=rule.pk, by=ketut, now=NOON)


def test_a_rejected_change_is_not_made(checked, wayan, ketut):
    proposal = decide(checked, propose(checked, wayan), ketut, approve=False, note="tidak")

    assert proposal.state == "REJECTED"
    assert not RiskRule.objects.exists()
    assert propose(checked, wayan)


@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_an_own_proposal_whatever_they_are(checked, wayan, approve):
    wayan.is_superuser = True
    wayan.save()

    with pytest.raises(OwnProposal):
        decide(checked, propose(checked, wayan), wayan, approve=approve)


def test_the_board_decides_too_and_nobody_else(checked, wayan, ketut, admin_user, operator):
    officer = a_person("Made", checked, TenantRole.FINANCING_OFFICER, TenantRole.MEMBER)
    board = a_person("Nyoman", checked, TenantRole.BOARD)
    proposal = propose(checked, wayan)
    with a_koperasi("KSP Lain") as other:
        stranger = a_person("Tono", other, TenantRole.RISK_MANAGER)

    for person in (officer, stranger, admin_user, operator):
        with pytest.raises(NotAllowed):
            decide(checked, proposal, person)
    assert decide(checked, proposal, board).state == "APPROVED"


def test_an_approval_is_refused_where_the_rule_has_changed_since(checked, wayan, ketut):
    rule = in_force(checked, wayan)
    proposal = propose(checked, wayan, rule_id=rule.pk, weight=Decimal(1))
    asks(checked, False)
    delete_rule(tenant=checked, rule_id=rule.pk, by=ketut, now=NOON)

    with pytest.raises(RuleChanged, match="Ketut"):
        decide(checked, proposal, ketut)

    proposal.refresh_from_db()
    assert proposal.state == "WAITING"


def test_an_approval_is_refused_where_the_factor_is_in_use_by_now(checked, wayan, ketut):
    proposal = propose(checked, wayan)
    in_force(checked, wayan)

    with pytest.raises(DuplicateFactor):
        decide(checked, proposal, ketut)


def test_whoever_proposed_takes_it_back(checked, wayan, ketut):
    proposal = propose(checked, wayan)

    with pytest.raises(NotAllowed):
        withdraw_proposal(tenant=checked, proposal_id=proposal.pk, by=ketut, now=NOON)
    withdrawn = withdraw_proposal(tenant=checked, proposal_id=proposal.pk, by=wayan, now=NOON)

    assert withdrawn.state == "WITHDRAWN"
    with pytest.raises(ProposalDecided):
        decide(checked, proposal, ketut)


def test_another_koperasi_finds_no_proposal(checked, wayan):
    proposal = propose(checked, wayan)

    with a_koperasi("KSP Lain", wayan) as other, pytest.raises(ProposalNotFound):
        decide(other, proposal, wayan)


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_decide_at_once_one_does(wayan):
    with a_koperasi("KSP Ramai", wayan, rules_need_approval=True) as tenant:
        board = a_person("Nyoman", tenant, TenantRole.BOARD)
        proposal = propose(tenant, wayan)

    def answer(number):
        try:
            with tenant_scope(tenant.pk):
                return decide(tenant, proposal, board, approve=number % 2 == 0).state
        except ProposalDecided:
            return "LATE"

    answers = at_once(answer, range(8))

    with tenant_scope(tenant.pk):
        state = RuleProposal.objects.of(tenant).get().state
        assert RiskRule.objects.of(tenant).count() == (state == "APPROVED")
    assert sorted(answers) == sorted([state, *["LATE"] * 7])
