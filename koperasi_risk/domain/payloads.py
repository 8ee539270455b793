"""
What the engine reads of a rule's `action_payload`: its tiers. Everything else in it is left alone.

    {"tiers": [{"threshold": 90, "weight": 40, "auto_action": "reject"}]}

Of several breached thresholds the one that lies furthest decides weight and action instead of the rule's
own. The engine leaves out a tier that is malformed; `faults` says which and why.

    >>> tiers_of({"tiers": [{"threshold": 90, "weight": 40, "auto_action": "reject"}, {"threshold": "?"}]})
    (Tier(threshold=Decimal('90'), weight=Decimal('40'), auto_action='REJECT'),)
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from koperasi_risk.domain import words
from koperasi_risk.domain.catalogue import APPROVE, REJECT, REVIEW
from koperasi_risk.domain.numbers import number
from koperasi_risk.domain.words import Words

ACTIONS = (APPROVE, REVIEW, REJECT)
MOST_WEIGHT = 100


class Tier(NamedTuple):
    """A further threshold of a rule, with the weight and the action that hold beyond it."""

    threshold: Decimal
    weight: Decimal
    auto_action: str


def tiers_of(
    payload: Any, *, threshold: Decimal | None = None, is_higher_riskier: bool = True
) -> tuple[Tier, ...]:
    """
    Return the sound tiers, the furthest last; beyond the rule's own `threshold` where that is given.
    """
    sound = [tier for tier, fault in _read(payload, threshold, is_higher_riskier) if not fault]
    return tuple(sorted(sound, key=lambda tier: tier.threshold, reverse=not is_higher_riskier))


def faults(
    payload: Any,
    *,
    threshold: Decimal | None = None,
    is_higher_riskier: bool = True,
    language: str = "id",
) -> list[str]:
    """Say what is wrong with a payload's tiers; nothing when there are none."""
    if isinstance(payload, Mapping) and not isinstance(payload.get("tiers", []), list):
        return [words.said(words.TIERS_ARE_NO_LIST, language)]
    return [
        words.said(fault, language).format(
            number=position, threshold=number(tier.threshold, language) if tier else ""
        )
        for position, (tier, fault) in enumerate(_read(payload, threshold, is_higher_riskier), 1)
        if fault
    ]


def _read(
    payload: Any, threshold: Decimal | None, is_higher_riskier: bool
) -> Iterator[tuple[Tier | None, Words | None]]:
    """Yield each tier, as far as it can be read, with its fault."""
    tiers = payload.get("tiers") if isinstance(payload, Mapping) else None
    seen: set[Decimal] = set()
    for content in tiers if isinstance(tiers, list) else ():
        fault = _fault(content)
        if fault:
            yield None, fault
            continue
        tier = Tier(
            _decimal(content["threshold"]),
            _decimal(content["weight"]),
            content["auto_action"].upper(),
        )
        if tier.threshold in seen:
            fault = words.TIER_REPEATED
        elif threshold is not None and not _is_beyond(tier, threshold, is_higher_riskier):
            fault = words.TIER_NOT_BEYOND
        seen.add(tier.threshold)
        yield tier, fault


def _fault(content: Any) -> Words | None:
    if not isinstance(content, Mapping):
        return words.TIER_IS_NO_OBJECT
    if _decimal(content.get("threshold")) is None:
        return words.TIER_THRESHOLD
    weight = _decimal(content.get("weight"))
    if weight is None or not 0 <= weight <= MOST_WEIGHT:
        return words.TIER_WEIGHT
    action = content.get("auto_action")
    if not isinstance(action, str) or action.upper() not in ACTIONS:
        return words.TIER_ACTION
    return None


def _is_beyond(tier: Tier, threshold: Decimal, is_higher_riskier: bool) -> bool:
    return tier.threshold > threshold if is_higher_riskier else tier.threshold < threshold


def _decimal(content: Any) -> Decimal | None:
    """Read a JSON number; None for anything else, NaN and infinity included."""
    if isinstance(content, bool) or not isinstance(content, int | float | Decimal):
        return None
    number = Decimal(str(content))
    return number if number.is_finite() else None
