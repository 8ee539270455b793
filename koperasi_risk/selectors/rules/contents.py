"""Which contents a rule may have."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.models import Action

MAX_WEIGHT, MAX_THRESHOLD, DECIMALS = Decimal(100), Decimal(10**15), 6
MAX_FACTOR, MAX_CATEGORY, MAX_PAYLOAD = 100, 60, 10_000


def checked(content: RuleContent) -> RuleContent:
    """Return a content that may be written, trimmed. Raises InvalidInput naming every field at fault."""
    problems: dict[str, str] = {}
    found = {}
    checks = {
        "factor": lambda value: text_of(value, most=MAX_FACTOR),
        "weight": lambda value: _number(value, least=Decimal(0), most=MAX_WEIGHT),
        "threshold": lambda value: _number(value, least=-MAX_THRESHOLD, most=MAX_THRESHOLD),
        "risk_category": lambda value: text_of(value, most=MAX_CATEGORY),
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


def text_of(value, *, most: int) -> str:
    """Return a text that can be kept, trimmed. Raises ValueError in words for people."""
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
