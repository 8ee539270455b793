"""Questions about the rules of a koperasi: what they are and were, whom they hit, what is odd about them."""

from koperasi_risk.selectors.rules.breaches import (
    Breaches,
    Distribution,
    breach_counts,
    breaches_of,
    distribution_of,
)
from koperasi_risk.selectors.rules.health import RuleHealth, rule_health
from koperasi_risk.selectors.rules.in_force import (
    RuleFilter,
    RuleNotFound,
    RulesPage,
    active_rules,
    proposals_of,
    revisions_of,
    rule_for,
    rule_of,
    rules_page,
    ruleset_of,
    scoring_rule,
    scoring_settings,
)
from koperasi_risk.selectors.rules.warnings import RuleWarning, rule_warnings

__all__ = [
    "Breaches",
    "Distribution",
    "RuleFilter",
    "RuleHealth",
    "RuleNotFound",
    "RuleWarning",
    "RulesPage",
    "active_rules",
    "breach_counts",
    "breaches_of",
    "distribution_of",
    "proposals_of",
    "revisions_of",
    "rule_for",
    "rule_health",
    "rule_of",
    "rule_warnings",
    "rules_page",
    "ruleset_of",
    "scoring_rule",
    "scoring_settings",
]
