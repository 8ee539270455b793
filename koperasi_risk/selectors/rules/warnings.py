"""What is odd about a koperasi's rules, for whoever manages them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from koperasi_risk.domain.catalogue import APPROVE, find
from koperasi_risk.domain.numbers import number
from koperasi_risk.domain.payloads import faults, tiers_of
from koperasi_risk.models import RiskRule, Tenant
from koperasi_risk.selectors.rules.breaches import Breaches, breach_counts
from koperasi_risk.selectors.rules.in_force import active_rules

UNKNOWN_FACTOR, ALIAS, MALFORMED_TIERS = "UNKNOWN_FACTOR", "ALIAS", "MALFORMED_TIERS"
NEVER_BREACHED, SOFT_WEIGHTS, WEIGHT_SUM = "NEVER_BREACHED", "SOFT_WEIGHTS", "WEIGHT_SUM"
MOST_SOFT_WEIGHT, USUAL_SUM = Decimal(35), Decimal(100)


@dataclass(frozen=True)
class RuleWarning:
    """Something odd, in words for people; about one rule, or about all of them."""

    kind: str
    message: str
    rule: RiskRule | None = None


def rule_warnings(
    tenant: Tenant, *, counts: Mapping[int, Breaches] | None = None
) -> list[RuleWarning]:
    """Return what is odd, worst first. `counts` are `breach_counts`, where somebody has them already."""
    rules = list(active_rules(tenant))
    counts = breach_counts(tenant) if counts is None else counts
    return [
        *_unknown(rules),
        *_malformed(rules),
        *_aliases(rules),
        *_soft_weights(tenant, rules),
        *_weight_sum(rules),
        *_never_breached(rules, counts),
    ]


def _language() -> str:
    return get_language() or "id"


def _unknown(rules: Iterable[RiskRule]) -> Iterator[RuleWarning]:
    for rule in rules:
        if find(rule.factor) is None:
            message = _(
                "Nobody knows how to measure %(factor)s: every member is reviewed by a person."
            )
            yield RuleWarning(UNKNOWN_FACTOR, message % {"factor": rule.factor}, rule)


def _malformed(rules: Iterable[RiskRule]) -> Iterator[RuleWarning]:
    for rule in rules:
        factor = find(rule.factor)
        if factor is None:
            continue
        found = faults(
            rule.action_payload,
            threshold=rule.threshold,
            is_higher_riskier=factor.is_higher_riskier,
            language=_language(),
        )
        for fault in found:
            yield RuleWarning(MALFORMED_TIERS, f"{rule.factor}: {fault}", rule)


def _aliases(rules: Iterable[RiskRule]) -> Iterator[RuleWarning]:
    first: dict[str, RiskRule] = {}
    for rule in rules:
        factor = find(rule.factor)
        if factor is None:
            continue
        other = first.setdefault(factor.key, rule)
        if other != rule:
            message = _("%(factor)s measures the same as %(other)s: a breach counts twice.")
            names = {"factor": rule.factor, "other": other.factor}
            yield RuleWarning(ALIAS, message % names, rule)


def _soft_weights(tenant: Tenant, rules: Sequence[RiskRule]) -> Iterator[RuleWarning]:
    total = sum((rule.weight for rule in rules if _is_soft(rule)), Decimal(0))
    if total > MOST_SOFT_WEIGHT and not tenant.use_score_bands:
        message = _(
            "Rules that only approve sum to %(total)s points, while the score decides nothing: a"
            " member may breach them all and still be approved."
        )
        yield RuleWarning(SOFT_WEIGHTS, message % {"total": number(total, _language())})


def _is_soft(rule: RiskRule) -> bool:
    actions = {rule.auto_action, *(tier.auto_action for tier in tiers_of(rule.action_payload))}
    return actions == {APPROVE}


def _weight_sum(rules: Sequence[RiskRule]) -> Iterator[RuleWarning]:
    total = sum((rule.weight for rule in rules), Decimal(0))
    if rules and total != USUAL_SUM:
        message = _("Weights sum to %(total)s points; 100 is usual.") % {
            "total": number(total, _language())
        }
        yield RuleWarning(WEIGHT_SUM, message)


def _never_breached(
    rules: Iterable[RiskRule], counts: Mapping[int, Breaches]
) -> Iterator[RuleWarning]:
    for rule in rules:
        count = counts.get(rule.pk, Breaches())
        if count.judged and not count.breached:
            message = _("None of %(judged)s members breaches %(factor)s.")
            facts = {"judged": count.judged, "factor": rule.factor}
            yield RuleWarning(NEVER_BREACHED, message % facts, rule)
