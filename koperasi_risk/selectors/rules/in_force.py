"""The rules of a koperasi: those that decide now, one of them, a page of them, and what they were."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from koperasi_risk.domain import scoring
from koperasi_risk.domain.rule_contents import key_of
from koperasi_risk.models import RiskRule, RiskRuleRevision, RuleProposal, Tenant


class RuleNotFound(NotFound):
    code = "rule_not_found"
    default_message = _("This rule was not found.")


def active_rules(tenant: Tenant):
    """Return the rules that decide now, in the order in which they are asked."""
    return RiskRule.objects.of(tenant).active().order_by("pk")


def rule_of(tenant: Tenant, rule_id: int) -> RiskRule:
    """Return one rule. Raises RuleNotFound, alike for one of another koperasi and one deleted."""
    rule = active_rules(tenant).select_related("updated_by").filter(pk=rule_id).first()
    if rule is None:
        raise RuleNotFound()
    return rule


def rule_for(tenant: Tenant, factor: str) -> RiskRule | None:
    """Return the rule in force that has this factor's name, whatever its case."""
    return active_rules(tenant).filter(factor_key=key_of(factor)).first()


@dataclass(frozen=True)
class RuleFilter:
    """What a list of rules is narrowed to: part of a factor's name, all of it, a threshold."""

    term: str = ""
    factor: str = ""
    threshold: Decimal | None = None


@dataclass(frozen=True)
class RulesPage:
    """Rules, and after which number the pages beside this one start; None where there is none."""

    rules: list[RiskRule]
    next_after: int | None
    previous_after: int | None


def rules_page(
    tenant: Tenant, *, wanted: RuleFilter | None = None, after: int = 0, limit: int = 10
) -> RulesPage:
    """Return the first rules with a number above `after`, which need not be that of a rule."""
    matching = _matching(tenant, wanted or RuleFilter())
    found = list(matching.filter(pk__gt=after)[: limit + 1])
    rules = found[:limit]
    return RulesPage(
        rules=rules,
        next_after=rules[-1].pk if len(found) > limit else None,
        previous_after=_start_of_page_before(matching, after, limit) if after else None,
    )


def _matching(tenant: Tenant, wanted: RuleFilter):
    rules = active_rules(tenant)
    if key_of(wanted.term):
        rules = rules.filter(factor_key__contains=key_of(wanted.term))
    if key_of(wanted.factor):
        rules = rules.filter(factor_key=key_of(wanted.factor))
    if wanted.threshold is not None:
        rules = rules.filter(threshold=wanted.threshold)
    return rules


def _start_of_page_before(matching, after: int, limit: int) -> int:
    before = matching.filter(pk__lte=after).order_by("-pk").values_list("pk", flat=True)
    return next(iter(before[limit : limit + 1]), 0)


def revisions_of(tenant: Tenant, *, rule_id: int | None = None):
    """Return how one rule, or every rule, came to be what it is, newest first."""
    revisions = RiskRuleRevision.objects.of(tenant)
    if rule_id is not None:
        revisions = revisions.filter(rule=rule_id)
    return revisions.select_related("by", "approved_by", "rule").order_by("-at", "-pk")


def proposals_of(tenant: Tenant):
    """Return the changes that wait, or waited, for a second person, newest first."""
    proposals = RuleProposal.objects.of(tenant)
    return proposals.select_related("maker", "checker", "rule").order_by("-made_at", "-pk")


def ruleset_of(tenant: Tenant) -> scoring.Ruleset:
    """Return the rules and settings by which the koperasi decides now."""
    rules = [scoring_rule(rule) for rule in active_rules(tenant)]
    return scoring.prepare(rules, scoring_settings(tenant))


def scoring_rule(rule: RiskRule) -> scoring.Rule:
    """Return a rule as the arithmetic reads it."""
    return scoring.Rule(
        id=rule.pk,
        version=rule.version,
        factor=rule.factor,
        weight=rule.weight,
        threshold=rule.threshold,
        risk_category=rule.risk_category,
        auto_action=rule.auto_action,
        action_payload=rule.action_payload,
    )


def scoring_settings(tenant: Tenant) -> scoring.Settings:
    """Return what a koperasi set that changes how rules are counted."""
    return scoring.Settings(
        use_score_bands=tenant.use_score_bands, multipliers=tenant.category_multipliers
    )
