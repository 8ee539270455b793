"""
What is kept of an assessment, and how it is judged again.

    >>> from koperasi_risk.domain.scoring import prepare
    >>> rule = Rule(7, 1, "dpd", Decimal(15), Decimal(30), "sedang", "MANUAL_REVIEW")
    >>> values = {"max_dpd_current": Decimal(45)}
    >>> judged = prepare([rule]).assess(values, is_active=True)
    >>> lines, seen = to_json(judged.lines), seen_json(judged, values)
    >>> to_json(replay(lines, seen).lines) == lines
    True

What `to_json` and `seen_json` keep is all that `replay` needs to judge the same, byte for byte.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from koperasi_risk.domain.payloads import Tier
from koperasi_risk.domain.scoring import (
    ENGINE,
    Assessment,
    Line,
    Rule,
    Ruleset,
    Settings,
    conclude,
    rule_json,
    with_steps,
)
from koperasi_risk.domain.values import Missing, decode, encode, plain


def to_json(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return lines as plain values, decimals as text."""
    return [
        rule_json(line.rule)
        | {
            "factor_key": line.factor_key,
            "is_higher_riskier": line.is_higher_riskier,
            "value": None if line.value is None else plain(line.value),
            "status": line.status,
            "cause": line.cause,
            "outcome": line.outcome,
            "penalty": plain(line.penalty),
            "action": line.action,
            "tier": _tier_json(line.tier),
        }
        for line in lines
    ]


def from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Read what `to_json` wrote."""
    return tuple(
        Line(
            rule=_rule(line),
            factor_key=line["factor_key"],
            is_higher_riskier=line["is_higher_riskier"],
            value=None if line["value"] is None else Decimal(line["value"]),
            status=line["status"],
            cause=line["cause"],
            outcome=line["outcome"],
            penalty=Decimal(line["penalty"]),
            action=line["action"],
            tier=_tier(line["tier"]),
        )
        for line in stored
    )


def seen_json(assessment: Assessment, values: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what an assessment saw beside its lines: status, bands, multipliers, and all factor values.

    `values` may be as computed, or as `factors.encode` stored them.
    """
    is_stored = not any(isinstance(value, Decimal | Missing) for value in values.values())
    return {
        "engine": ENGINE,
        "is_active": assessment.is_active,
        "member_status": assessment.member_status,
        "use_score_bands": assessment.settings.use_score_bands,
        "multipliers": {
            name: plain(value) for name, value in assessment.settings.by_category.items()
        },
        "values": dict(values) if is_stored else encode(values),
    }


def replay(lines: Sequence[Mapping[str, Any]], seen: Mapping[str, Any]) -> Assessment:
    """
    Judge again from what was stored: rules as they were, factors as they were named, values as seen.
    """
    settings = _settings(seen)
    prepared = [
        with_steps(_rule(line), line["factor_key"], line["is_higher_riskier"], settings)
        for line in lines
    ]
    return Ruleset(prepared, settings).assess(
        decode(seen["values"]), is_active=seen["is_active"], member_status=seen["member_status"]
    )


def restored(lines: Sequence[Mapping[str, Any]], seen: Mapping[str, Any]) -> Assessment:
    """Return a stored assessment as its lines say it came out, without judging again."""
    return conclude(
        from_json(lines), _settings(seen), seen["is_active"], seen["member_status"], ruleset_hash=""
    )


def _settings(seen: Mapping[str, Any]) -> Settings:
    return Settings(seen["use_score_bands"], seen["multipliers"])


def _rule(stored: Mapping[str, Any]) -> Rule:
    return Rule(
        id=stored["rule_id"],
        version=stored["version"],
        factor=stored["factor"],
        weight=Decimal(stored["weight"]),
        threshold=Decimal(stored["threshold"]),
        risk_category=stored["risk_category"],
        auto_action=stored["auto_action"],
        action_payload=stored["action_payload"],
    )


def _tier_json(tier: Tier | None) -> dict[str, str] | None:
    if tier is None:
        return None
    return {
        "threshold": plain(tier.threshold),
        "weight": plain(tier.weight),
        "auto_action": tier.auto_action,
    }


def _tier(stored: Mapping[str, str] | None) -> Tier | None:
    if stored is None:
        return None
    return Tier(Decimal(stored["threshold"]), Decimal(stored["weight"]), stored["auto_action"])
