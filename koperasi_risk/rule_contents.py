"""
What is written in a rule: in our words, in those of the wire, and which of it may be kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from koperasi_risk.models import Action, RiskRule

MAX_WEIGHT, MAX_THRESHOLD, DECIMALS = Decimal(100), Decimal(10**15), 6
MAX_FACTOR, MAX_CATEGORY, MAX_PAYLOAD, MAX_WHY = 100, 60, 10_000, 300


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


def content_of(rule: RiskRule) -> RuleContent:
    """Return what is written in a rule."""
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


def checked(content: RuleContent) -> RuleContent:
    """Return a content that may be written, trimmed. Raises InvalidInput naming every field at fault."""
    problems: dict[str, str] = {}
    found = {}
    checks = {
        "factor": lambda value: _text(value, most=MAX_FACTOR),
        "weight": lambda value: _number(value, least=Decimal(0), most=MAX_WEIGHT),
        "threshold": lambda value: _number(value, least=-MAX_THRESHOLD, most=MAX_THRESHOLD),
        "risk_category": lambda value: _text(value, most=MAX_CATEGORY),
        "auto_action": _action,
        "action_payload": _payload,
    }
    for field, check in checks.items():
        try:
            found[field] = check(getattr(content, field))
        except ValueError as problem:
            problems[field] = str(problem)
    if problems:
        raise InvalidInput(fields=problems)
    return replace(content, **found)


def _text(value, *, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError(_("Must be text."))
    text = value.strip()
    if not text:
        raise ValueError(_("Must not be blank."))
    if not _can_be_kept(text):
        raise ValueError(_("Holds a character that cannot be kept."))
    # Lower case may be longer than the text itself: "İ".
    if max(len(text), len(text.lower())) > most:
        raise ValueError(_("Has at most %(limit)s characters.") % {"limit": most})
    return text


def _can_be_kept(text: str) -> bool:
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _number(value, *, least: Decimal, most: Decimal) -> Decimal:
    number = _decimal(value)
    if not least <= number <= most:
        limits = {"least": f"{least:f}", "most": f"{most:f}"}
        raise ValueError(_("Must be from %(least)s to %(most)s.") % limits)
    if number != round(number, DECIMALS):
        raise ValueError(_("Has at most %(limit)s decimals.") % {"limit": DECIMALS})
    return number


def _decimal(value) -> Decimal:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(_("Must be a number."))
    return number


def _action(value) -> Action:
    if value not in Action.values:
        raise ValueError(_("Must be approve, manual_review or reject."))
    return Action(value)


def _payload(value) -> dict | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError(_("Must be an object or null."))
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(_("Holds a value that cannot be kept.")) from None
    if len(text) > MAX_PAYLOAD:
        raise ValueError(_("Has at most %(limit)s characters.") % {"limit": MAX_PAYLOAD})
    if not _can_be_kept(_all_text(json.loads(text))):
        raise ValueError(_("Holds a character that cannot be kept."))
    return json.loads(text)


def _all_text(value) -> str:
    if isinstance(value, dict):
        return "".join(map(_all_text, [*value.keys(), *value.values()]))
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    return value if isinstance(value, str) else ""


def checked_why(why: str, *, is_required: bool = False) -> str:
    """Return a reason, trimmed. Raises InvalidInput for one that is too long, or missing."""
    if not why.strip() and is_required:
        raise InvalidInput(fields={"why": _("Say why.")})
    return checked_note(why, field="why")


def checked_note(note: str, *, field: str = "note") -> str:
    """Return a note, trimmed; it may be empty. Raises InvalidInput."""
    try:
        return _text(note, most=MAX_WHY) if note.strip() else ""
    except ValueError as problem:
        raise InvalidInput(fields={field: str(problem)}) from None
