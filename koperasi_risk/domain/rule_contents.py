"""
What is written in a rule: in our words, and in those of the wire, in which revisions and exports keep it.

    >>> content = RuleContent("dpd", Decimal("0.10"), Decimal(30), "sedang", "MANUAL_REVIEW")
    >>> to_wire(content)["weight"], to_wire(content)["auto_action"]
    (0.1, 'manual_review')
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


def key_of(factor: str) -> str:
    """Return the name under which a koperasi has one rule at most."""
    return factor.strip().lower()


@dataclass(frozen=True)
class RuleContent:
    """What somebody writes into a rule. `auto_action` is one of Action."""

    factor: str
    weight: Decimal
    threshold: Decimal
    risk_category: str
    auto_action: str
    action_payload: Mapping | None = None

    @property
    def key(self) -> str:
        return key_of(self.factor)


def content_of(rule: Any) -> RuleContent:
    """Return what is written in a rule, stored or of the engine."""
    return RuleContent(
        factor=rule.factor,
        weight=rule.weight,
        threshold=rule.threshold,
        risk_category=rule.risk_category,
        auto_action=rule.auto_action,
        action_payload=rule.action_payload,
    )


def to_wire(content: RuleContent) -> dict:
    """Return a content in the words of the wire: kept in revisions, proposals and exports."""
    words = {
        "factor": content.factor,
        "weight": _number_on_the_wire(content.weight),
        "threshold": _number_on_the_wire(content.threshold),
        "risk_category": content.risk_category,
        "auto_action": content.auto_action.lower(),
    }
    if content.action_payload is not None:
        words["action_payload"] = dict(content.action_payload)
    return words


def from_wire(words: Mapping) -> RuleContent:
    """Return the content that these words say, unchecked: see `checked`."""
    action = words.get("auto_action")
    return RuleContent(
        factor=words.get("factor"),
        weight=words.get("weight"),
        threshold=words.get("threshold"),
        risk_category=words.get("risk_category"),
        auto_action=action.upper() if isinstance(action, str) and action.islower() else action,
        action_payload=words.get("action_payload"),
    )


def _number_on_the_wire(value: Decimal) -> int | float | str:
    # Text only where a float would not give the same digits back.
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value.normalize())
