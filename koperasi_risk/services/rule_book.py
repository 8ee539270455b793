"""
Write in a koperasi's rule book: what a rule may be, and one way in which every change is kept.

Every change holds the koperasi's own row, so that changes come one after another: of two people who
add the same factor one is refused, and the rule set's hash is that of all the rules.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict
from core.outbox import announce
from koperasi_risk.domain.rule_contents import RuleContent, content_of, to_wire
from koperasi_risk.models import RiskRule, RiskRuleRevision, Tenant
from koperasi_risk.selectors.rules import rule_for, ruleset_of

Via = RiskRuleRevision.Via


class DuplicateFactor(Conflict):
    """The koperasi has a rule for this factor already; `existing` is that rule."""

    code = "duplicate_factor"

    def __init__(self, existing: RiskRule):
        self.existing = existing
        message = _("There is a rule for the factor %(factor)s already.") % {
            "factor": existing.factor
        }
        super().__init__(message, fields={"factor": message})


class RuleChanged(Conflict):
    """Somebody changed the rule since it was read; `rule` is what it is now."""

    code = "rule_changed"

    def __init__(self, rule: RiskRule, *, when: str):
        self.rule = rule
        super().__init__(
            _("%(who)s changed this rule on %(when)s. Look at it again before you change it.")
            % {"who": rule.updated_by or "Saksama", "when": when}
        )


@dataclass(frozen=True)
class Deed:
    """Who changes rules, when, why and by way of what; `approved_by` where a second person agreed."""

    by: User | None
    now: datetime
    why: str = ""
    via: str = Via.API
    approved_by: User | None = None


def locked(tenant: Tenant | int) -> Tenant:
    """Hold a koperasi's own row until the transaction ends, and return it as it is now."""
    rows = Tenant.objects.select_related("organisation")
    pk = getattr(tenant, "pk", tenant)
    return rows.select_for_update(of=("self",), no_key=True).get(pk=pk)


def refuse_a_duplicate(tenant: Tenant, content: RuleContent, *, besides: RiskRule | None) -> None:
    """Raise DuplicateFactor where another rule in force has this factor's name."""
    existing = rule_for(tenant, content.factor)
    if existing and existing != besides:
        raise DuplicateFactor(existing)


def refuse_another_version(tenant: Tenant, rule: RiskRule, base_version: int | None) -> None:
    """Raise RuleChanged where the rule is not what somebody read; None is whoever did not read."""
    if base_version is not None and rule.version != base_version:
        at = rule.updated_at.astimezone(ZoneInfo(tenant.time_zone))
        raise RuleChanged(rule, when=f"{at:%d/%m/%Y %H.%M}")


def write(tenant: Tenant, rule: RiskRule | None, content: RuleContent, deed: Deed) -> RiskRule:
    """
    Write a checked content into a rule, or into a new one, and keep what it was before.

    A deleted rule comes back to life. The caller holds the koperasi's row and refused duplicates.
    """
    before = content_of(rule) if rule and not rule.deleted_at else None
    if rule is None:
        rule = RiskRule(tenant=tenant, version=0, created_at=deed.now, created_by=deed.by)
    for field in ("factor", "weight", "threshold", "risk_category", "auto_action"):
        setattr(rule, field, getattr(content, field))
    rule.action_payload = content.action_payload
    rule.factor_key, rule.deleted_at = content.key, None
    return _keep(tenant, rule, before, content, deed)


def erase(tenant: Tenant, rule: RiskRule, deed: Deed) -> RiskRule:
    """Take a rule out of force: its factor is free again, its history stays."""
    rule.deleted_at = deed.now
    return _keep(tenant, rule, content_of(rule), None, deed)


def _keep(
    tenant: Tenant,
    rule: RiskRule,
    before: RuleContent | None,
    after: RuleContent | None,
    deed: Deed,
) -> RiskRule:
    rule.version += 1
    rule.updated_at, rule.updated_by = deed.now, deed.by
    rule.save()
    RiskRuleRevision.objects.create(
        tenant=tenant,
        rule=rule,
        version=rule.version,
        before=before and to_wire(before),
        after=after and to_wire(after),
        by=deed.by,
        approved_by=deed.approved_by,
        at=deed.now,
        why=deed.why,
        via=deed.via,
    )
    _tell(tenant, rule, before, after, deed)
    refresh_ruleset_hash(tenant)
    return rule


def _tell(tenant: Tenant, rule: RiskRule, before, after, deed: Deed) -> None:
    verb = "deleted" if after is None else "added" if before is None else "changed"
    audit.record(
        f"risk_rule.{verb}",
        now=deed.now,
        by=deed.by,
        subject=tenant.organisation,
        reason=deed.why,
        rule_id=rule.pk,
        version=rule.version,
        via=str(deed.via),
        approved_by=str(deed.approved_by.code) if deed.approved_by else None,
    )
    announce("koperasi.rules_changed", tenant_id=tenant.pk, rule_id=rule.pk)


def refresh_ruleset_hash(tenant: Tenant) -> str:
    """Note what the rules and settings of the koperasi come to; results under another hash are stale."""
    tenant.ruleset_hash = ruleset_of(tenant).hash
    Tenant.objects.filter(pk=tenant.pk).update(ruleset_hash=tenant.ruleset_hash)
    return tenant.ruleset_hash
