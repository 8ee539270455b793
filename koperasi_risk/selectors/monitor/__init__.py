"""What the monitor shows: decisions and rules over time, and how well the loans are paid."""

from koperasi_risk.selectors.monitor.decisions import (
    BreachRate,
    Outcomes,
    OverrideCounts,
    RuleChange,
    breach_rates,
    decisions_over_time,
    override_counts,
    rule_changes,
)
from koperasi_risk.selectors.monitor.portfolio import (
    Ageing,
    ClassRow,
    Past,
    RollRates,
    ageing_of,
    past_of,
)

__all__ = [
    "Ageing",
    "BreachRate",
    "ClassRow",
    "Outcomes",
    "OverrideCounts",
    "Past",
    "RollRates",
    "RuleChange",
    "ageing_of",
    "breach_rates",
    "decisions_over_time",
    "override_counts",
    "past_of",
    "rule_changes",
]
