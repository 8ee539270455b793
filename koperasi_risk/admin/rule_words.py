"""Rules in words: what a rule says, and what of it is another than before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import DASH
from koperasi_risk.admin.figures import figure
from koperasi_risk.domain import factors
from koperasi_risk.domain.catalogue import Factor, find
from koperasi_risk.domain.numbers import PLACES, measured
from koperasi_risk.domain.payloads import tiers_of
from koperasi_risk.models import Action


@dataclass(frozen=True)
class Change:
    """One field of a rule, before and after, in words."""

    field: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def language() -> str:
    return get_language() or "id"


def factor_name(text: str) -> str:
    """Return what a factor is called; a name that nobody knows as it is."""
    factor = find(text)
    return factor.label(language()) if factor else text


def limit(factor: Factor | None, value) -> str:
    """Write a threshold in its factor's unit, with all its decimals."""
    amount = Decimal(str(value))
    if factor is None:
        return figure(amount)
    return measured(
        factor.unit, amount, language(), max(PLACES, -amount.normalize().as_tuple().exponent)
    )


def sentence(text: str, threshold) -> str:
    """Say when a rule is breached: `dilanggar bila > 30 hari`."""
    factor = find(text)
    if factor is None:
        return _("not a known factor: never breached, every member is reviewed")
    if factor.unit == "flag" and threshold == 1:
        return _("breached when the answer is no")
    return factors.rule_sentence(factor, Decimal(str(threshold)).normalize() + 0, language())


def action_label(action: str) -> str:
    """Return an action in words, whether stored or of the wire."""
    return str(Action(action.upper()).label)


def tier_sentences(text: str, payload: Mapping | None) -> list[str]:
    """Say each further threshold: `> 90 hari: bobot 40, Tolak`."""
    factor = find(text)
    sign = ">" if factor is None or factor.is_higher_riskier else "<"
    return [
        _("%(sign)s %(limit)s: weight %(weight)s, %(action)s")
        % {
            "sign": sign,
            "limit": limit(factor, tier.threshold),
            "weight": figure(tier.weight),
            "action": action_label(tier.auto_action),
        }
        for tier in tiers_of(payload)
    ]


def changes(before: Mapping | None, after: Mapping | None) -> list[Change]:
    """Return every field of a rule with its words before and after; both as they are on the wire."""
    old, new = _worded(before), _worded(after)
    fields = old or new
    return [Change(name, old.get(name, DASH), new.get(name, DASH)) for name in fields]


def changed(before: Mapping | None, after: Mapping | None) -> list[Change]:
    """Return only the fields that differ."""
    return [change for change in changes(before, after) if change.is_changed]


def _worded(content: Mapping | None) -> dict[str, str]:
    if content is None:
        return {}
    text = content["factor"]
    return {
        _("Factor"): f"{factor_name(text)} ({text})",
        _("Threshold"): limit(find(text), content["threshold"]),
        _("Weight"): figure(content["weight"]),
        _("Risk category"): content["risk_category"],
        _("Automatic action"): action_label(content["auto_action"]),
        _("Tiers"): "; ".join(tier_sentences(text, content.get("action_payload"))) or DASH,
        _("Other contents"): _other(content.get("action_payload")),
    }


def _other(payload: Mapping | None) -> str:
    rest = {key: value for key, value in (payload or {}).items() if key != "tiers"}
    return json.dumps(rest, ensure_ascii=False) if rest else DASH
