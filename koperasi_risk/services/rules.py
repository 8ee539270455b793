"""
Rules of a koperasi are added, overwritten, deleted and restored here, whoever asks by whichever way.

Where the koperasi wants a second person, a change becomes a proposal and nothing else happens yet.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.errors import NotFound
from koperasi_risk.domain.rule_contents import RuleContent, content_of, from_wire
from koperasi_risk.models import RiskRule, RiskRuleRevision, RuleProposal, Tenant
from koperasi_risk.selectors.rules import RuleNotFound, rule_of
from koperasi_risk.selectors.rules.contents import checked
from koperasi_risk.services.notes import checked_why
from koperasi_risk.services.proposals import ProposalWaits, propose
from koperasi_risk.services.rule_book import (
    Deed,
    DuplicateFactor,
    RuleChanged,
    Via,
    erase,
    locked,
    refuse_a_duplicate,
    refuse_another_version,
    write,
)

__all__ = [
    "DuplicateFactor",
    "ProposalWaits",
    "RevisionNotFound",
    "RuleChanged",
    "RuleContent",
    "RuleNotFound",
    "Saved",
    "delete_rule",
    "restore_revision",
    "save_rule",
]


class RevisionNotFound(NotFound):
    code = "revision_not_found"


@dataclass(frozen=True)
class Saved:
    """What came of a change: the rule as it is now, and the proposal where a second person is waited for."""

    rule: RiskRule | None
    proposal: RuleProposal | None = None
    is_new: bool = False


@transaction.atomic
def save_rule(
    *,
    tenant: Tenant,
    content: RuleContent,
    rule_id: int | None = None,
    by: User | None,
    now: datetime,
    why: str = "",
    via: str = Via.API,
    base_version: int | None = None,
) -> Saved:
    """
    Add a rule, or overwrite one whole: its number and day of birth stay, its version moves on.

    Saving what is there already changes nothing. `base_version` is what the caller had read.

    Raises InvalidInput naming the fields, RuleNotFound, RuleChanged, DuplicateFactor, ProposalWaits.
    """
    content, why = checked(content), checked_why(why)
    tenant = locked(tenant)
    rule = rule_of(tenant, rule_id) if rule_id else None
    if rule:
        refuse_another_version(tenant, rule, base_version)
    refuse_a_duplicate(tenant, content, besides=rule)
    if rule and content_of(rule) == content:
        return Saved(rule)
    deed = Deed(by, now, why, via)
    if tenant.rules_need_approval:
        return Saved(rule, propose(tenant, rule, content, deed))
    return Saved(write(tenant, rule, content, deed), is_new=rule is None)


@transaction.atomic
def delete_rule(
    *,
    tenant: Tenant,
    rule_id: int,
    by: User | None,
    now: datetime,
    why: str = "",
    via: str = Via.API,
    base_version: int | None = None,
) -> Saved:
    """
    Take a rule out of force; its history stays, and its factor is free again.

    Raises RuleNotFound (also for one deleted before), RuleChanged, ProposalWaits.
    """
    why = checked_why(why)
    tenant = locked(tenant)
    rule = rule_of(tenant, rule_id)
    refuse_another_version(tenant, rule, base_version)
    deed = Deed(by, now, why, via)
    if tenant.rules_need_approval:
        return Saved(rule, propose(tenant, rule, None, deed))
    return Saved(erase(tenant, rule, deed))


@transaction.atomic
def restore_revision(
    *, tenant: Tenant, revision_id: int, by: User, now: datetime, why: str
) -> Saved:
    """
    Put a rule back to what a revision made of it; a deleted rule comes back to life.

    The revision of a deletion gives back what was deleted.

    Raises RevisionNotFound, DuplicateFactor where another rule has the factor by now, InvalidInput
    without a reason.
    """
    why = checked_why(why, is_required=True)
    tenant = locked(tenant)
    revision = RiskRuleRevision.objects.of(tenant).filter(pk=revision_id).first()
    if revision is None:
        raise RevisionNotFound()
    rule = RiskRule.objects.of(tenant).get(pk=revision.rule_id)
    content = checked(from_wire(revision.after or revision.before))
    refuse_a_duplicate(tenant, content, besides=rule)
    if not rule.deleted_at and content_of(rule) == content:
        return Saved(rule)
    deed = Deed(by, now, why, Via.RESTORE)
    if tenant.rules_need_approval:
        return Saved(rule, propose(tenant, rule, content, deed))
    return Saved(write(tenant, rule, content, deed))
