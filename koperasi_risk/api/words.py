"""What is stored and how it is said on the wire: the three actions and decisions have three spellings."""

from decimal import Decimal

from koperasi_risk.models import Action, Decision

# `auto_action` of a rule.
ACTIONS = {"approve": Action.APPROVE, "manual_review": Action.REVIEW, "reject": Action.REJECT}
ACTION_WORDS = {action: word for word, action in ACTIONS.items()}
# `decision` of a result.
DECISION_WORDS = {
    Decision.APPROVE: "approve",
    Decision.REVIEW: "manual_review",
    Decision.REJECT: "auto-reject",
}
# Keys of the monitor.
MONITOR_WORDS = {
    Decision.APPROVE: "approve",
    Decision.REVIEW: "manual_review",
    Decision.REJECT: "auto_reject",
}


def number(value: Decimal) -> int | float:
    """Return a JSON number: 10 and not 10.0, 0.4 as it was sent."""
    return int(value) if value == value.to_integral_value() else float(value)
