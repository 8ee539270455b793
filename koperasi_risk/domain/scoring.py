"""
From rules and factor values to a score, a decision and the lines that explain them.

A member starts at 100 points. A rule is breached when the factor's value lies beyond its threshold,
which is the last acceptable value; it then takes weight times the multiplier of its category. The
strongest action among breached rules decides: approve, manual review, reject. What cannot be measured,
or is not known to the catalogue, takes no points and asks for a person; so do an empty rule set and a
member who is not active. With score bands on, 85 and more may be approved, 65 to 84.99 is reviewed and
less is rejected, whatever the rules ask for beneath that.

A member 45 days past due, with one rule of 15 points over 30 days that asks for a review:

    >>> rule = Rule(7, 1, "dpd", Decimal(15), Decimal(30), "sedang", "MANUAL_REVIEW")
    >>> judged = prepare([rule]).assess({"max_dpd_current": Decimal(45)}, is_active=True)
    >>> judged.rounded_score, judged.decision, judged.lines[0].outcome
    (Decimal('85.00'), 'MANUAL_REVIEW', 'BREACH')

`prepare` reads a rule set once; `assess` explains one member; `decide` only decides, for simulations.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import cached_property, reduce
from typing import Any, NamedTuple

from koperasi_risk.domain import catalogue
from koperasi_risk.domain.payloads import Tier, tiers_of
from koperasi_risk.domain.values import (
    AVAILABLE,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    NOT_COMPUTED,
    Missing,
    Value,
    plain,
)

# Part of the hash: a result of another way of judging is stale.
ENGINE = 1

BREACH, PASS = "BREACH", "PASS"
DATA_MISSING, UNKNOWN_FACTOR = "DATA_MISSING", "UNKNOWN_FACTOR"

DECISIONS = ("APPROVE", "MANUAL_REVIEW", "AUTO_REJECT")
SEVERITY = {catalogue.APPROVE: 0, catalogue.REVIEW: 1, catalogue.REJECT: 2}
REVIEW_LEVEL, REJECT_LEVEL = 1, 2

FULL_SCORE = Decimal(100)
APPROVE_FROM = Decimal(85)
REVIEW_FROM = Decimal(65)

ZERO, ONE = Decimal(0), Decimal(1)
CENT = Decimal("0.01")
# Weights and multipliers are multiplied and added without loss, whatever the caller's context is.
CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule as its koperasi wrote it. `auto_action` is APPROVE, MANUAL_REVIEW or REJECT.

    A rule that is not saved yet has no `id`; it comes last.
    """

    id: int | None
    version: int
    factor: str
    weight: Decimal
    threshold: Decimal
    risk_category: str
    auto_action: str
    action_payload: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Settings:
    """What else of a koperasi decides: score bands, and multipliers by risk category."""

    use_score_bands: bool = False
    multipliers: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def by_category(self) -> dict[str, Decimal]:
        """The multipliers that can be read, by category in lower case."""
        read = {_category(name): _multiplier(value) for name, value in self.multipliers.items()}
        return {name: value for name, value in sorted(read.items()) if value is not None}


def _category(name: str) -> str:
    return name.strip().casefold()


def _multiplier(value: Any) -> Decimal | None:
    """Read a multiplier that is a number of 0 or more; None for anything else."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


class Line(NamedTuple):
    """
    What one rule came to. `factor_key` is the factor that its text names, None when there is none.

    `action` and `penalty` are those that hold: the rule's, or those of the breached `tier`. `status` is
    AVAILABLE, NOT_AVAILABLE, NOT_APPLICABLE, or UNKNOWN_FACTOR; `cause` says why there is no value.
    """

    rule: Rule
    factor_key: str | None
    is_higher_riskier: bool
    value: Decimal | None
    status: str
    cause: str
    outcome: str
    penalty: Decimal
    action: str
    tier: Tier | None

    @property
    def threshold(self) -> Decimal:
        """The threshold that was breached, or would be first."""
        return self.tier.threshold if self.tier else self.rule.threshold

    @property
    def severity(self) -> int:
        return SEVERITY[self.action]


class Verdict(NamedTuple):
    """A decision and the points taken, without the lines that explain them."""

    decision: str
    penalty: Decimal

    @property
    def score(self) -> Decimal:
        return _score(self.penalty)


@dataclass(frozen=True, slots=True)
class Assessment:
    """One member judged. `score` is not rounded; `rules_level` is what the rules ask for without bands."""

    score: Decimal
    decision: str
    lines: tuple[Line, ...]
    is_active: bool
    member_status: str
    settings: Settings
    rules_level: int
    ruleset_hash: str

    @property
    def rounded_score(self) -> Decimal:
        """The score with two decimals, halves up."""
        return CONTEXT.quantize(self.score, CENT)

    @property
    def level(self) -> int:
        """0 to approve, 1 to review, 2 to reject."""
        return DECISIONS.index(self.decision)

    @property
    def breaches(self) -> list[Line]:
        """Breached rules: the strongest action first, then most points, then the oldest rule."""
        breached = [line for line in self.lines if line.outcome == BREACH]
        # The lines come by rule id, and sorting is stable.
        return sorted(breached, key=lambda line: (-line.severity, -line.penalty))


class _Step(NamedTuple):
    """One threshold of a rule with what follows beyond it."""

    threshold: Decimal
    penalty: Decimal
    severity: int
    action: str
    tier: Tier | None


class _Prepared(NamedTuple):
    """A rule with its factor found and its steps in order: the furthest threshold first."""

    rule: Rule
    factor_key: str | None
    is_higher_riskier: bool
    steps: tuple[_Step, ...]


class Ruleset:
    """Rules that were read once, ready to judge any number of members. Made by `prepare`."""

    def __init__(self, prepared: Sequence[_Prepared], settings: Settings):
        self._prepared = tuple(prepared)
        self.settings = settings
        self.rules = tuple(one.rule for one in prepared)
        # What `decide` reads, flat; a rule of an unknown factor only sets the floor.
        self._checks = tuple(
            (one.factor_key, one.is_higher_riskier, one.steps[-1].threshold, one.steps)
            for one in prepared
            if one.factor_key
        )
        is_incomplete = len(self._checks) < len(self._prepared) or not prepared
        self._floor = REVIEW_LEVEL if is_incomplete else 0

    @cached_property
    def factor_keys(self) -> frozenset[str]:
        """The factors that the rules look at; no other values need to be read."""
        return frozenset(one.factor_key for one in self._prepared if one.factor_key)

    @cached_property
    def hash(self) -> str:
        """A SHA-256 over all that decides: rules with their versions, multipliers, bands, the engine."""
        content = {
            "engine": ENGINE,
            "use_score_bands": self.settings.use_score_bands,
            "rules": [_hashed(one, self.settings) for one in self._prepared],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def decide(self, values: Mapping[str, Value], is_active: bool = True) -> Verdict:
        """Return the decision and the points taken; the same as `assess` says, without the lines."""
        level = self._floor if is_active else REVIEW_LEVEL
        penalty = ZERO
        for key, is_higher_riskier, threshold, steps in self._checks:
            value = values.get(key, NOT_COMPUTED)
            if value.__class__ is Missing:
                if level == 0 and value.status == NOT_AVAILABLE:
                    level = REVIEW_LEVEL
            elif value > threshold if is_higher_riskier else value < threshold:
                step = _deepest(steps, value, is_higher_riskier)
                penalty = CONTEXT.add(penalty, step.penalty)
                if step.severity > level:
                    level = step.severity
        if self.settings.use_score_bands:
            level = max(level, band(_score(penalty)))
        return Verdict(DECISIONS[level], penalty)

    def assess(
        self, values: Mapping[str, Value], *, is_active: bool, member_status: str = ""
    ) -> Assessment:
        """Judge one member, with a line for each rule in the order of their ids."""
        lines = tuple(_line(one, values) for one in self._prepared)
        return conclude(lines, self.settings, is_active, member_status, self.hash)


def prepare(rules: Iterable[Rule], settings: Settings | None = None) -> Ruleset:
    """Read rules once: aliases are resolved, tiers sorted, multipliers applied."""
    settings = settings or Settings()
    ordered = sorted(rules, key=lambda rule: (rule.id is None, rule.id or 0))
    return Ruleset([_prepared(rule, settings) for rule in ordered], settings)


def band(score: Decimal) -> int:
    """
    Return the level that a score by itself asks for; the score is not rounded before.

    >>> band(Decimal(85)), band(Decimal("84.999")), band(Decimal("64.99"))
    (0, 1, 2)
    """
    if score >= APPROVE_FROM:
        return 0
    return REVIEW_LEVEL if score >= REVIEW_FROM else REJECT_LEVEL


def _score(penalty: Decimal) -> Decimal:
    return max(ZERO, CONTEXT.subtract(FULL_SCORE, penalty))


def _prepared(rule: Rule, settings: Settings) -> _Prepared:
    factor = catalogue.find(rule.factor)
    if factor is None:
        return with_steps(rule, None, True, settings)
    return with_steps(rule, factor.key, factor.is_higher_riskier, settings)


def with_steps(
    rule: Rule, factor_key: str | None, is_higher_riskier: bool, settings: Settings
) -> _Prepared:
    """Read a rule whose factor is known by its key, or None: its tiers, and what each step takes."""
    tiers = tiers_of(
        rule.action_payload, threshold=rule.threshold, is_higher_riskier=is_higher_riskier
    )
    multiplier = settings.by_category.get(_category(rule.risk_category), ONE)
    base = _step(rule.threshold, rule.weight, rule.auto_action, multiplier, None)
    further = [_step(*tier, multiplier, tier) for tier in reversed(tiers)]
    return _Prepared(rule, factor_key, is_higher_riskier, (*further, base))


def _step(
    threshold: Decimal, weight: Decimal, action: str, multiplier: Decimal, tier: Tier | None
) -> _Step:
    penalty = CONTEXT.multiply(weight, multiplier)
    return _Step(threshold, penalty, SEVERITY[action], action, tier)


def _deepest(steps: Sequence[_Step], value: Decimal, is_higher_riskier: bool) -> _Step:
    """Return the furthest step that a value has passed; the rule's own threshold is the last."""
    for step in steps[:-1]:
        if value > step.threshold if is_higher_riskier else value < step.threshold:
            return step
    return steps[-1]


def _line(one: _Prepared, values: Mapping[str, Value]) -> Line:
    rule, factor_key, is_higher_riskier, steps = one
    told = rule, factor_key, is_higher_riskier
    if factor_key is None:
        return Line(*told, None, UNKNOWN_FACTOR, "", UNKNOWN_FACTOR, ZERO, rule.auto_action, None)
    value = values.get(factor_key, NOT_COMPUTED)
    if isinstance(value, Missing):
        outcome = PASS if value.status == NOT_APPLICABLE else DATA_MISSING
        return Line(*told, None, *value, outcome, ZERO, rule.auto_action, None)
    own = steps[-1].threshold
    if not (value > own if is_higher_riskier else value < own):
        return Line(*told, value, AVAILABLE, "", PASS, ZERO, rule.auto_action, None)
    step = _deepest(steps, value, is_higher_riskier)
    return Line(*told, value, AVAILABLE, "", BREACH, step.penalty, step.action, step.tier)


def conclude(
    lines: tuple[Line, ...],
    settings: Settings,
    is_active: bool,
    member_status: str,
    ruleset_hash: str,
) -> Assessment:
    """Add up what the lines came to."""
    score = _score(reduce(CONTEXT.add, [line.penalty for line in lines], ZERO))
    outcomes = {line.outcome for line in lines}
    needs_person = not lines or not is_active or outcomes & {DATA_MISSING, UNKNOWN_FACTOR}
    severities = [line.severity for line in lines if line.outcome == BREACH]
    rules_level = max([REVIEW_LEVEL if needs_person else 0, *severities])
    level = max(rules_level, band(score)) if settings.use_score_bands else rules_level
    return Assessment(
        score,
        DECISIONS[level],
        lines,
        is_active,
        member_status,
        settings,
        rules_level,
        ruleset_hash,
    )


def _hashed(one: _Prepared, settings: Settings) -> dict[str, Any]:
    multiplier = settings.by_category.get(_category(one.rule.risk_category), ONE)
    return rule_json(one.rule) | {
        "factor_key": one.factor_key,
        "is_higher_riskier": one.is_higher_riskier,
        "multiplier": plain(multiplier),
    }


def rule_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as plain values, decimals as text."""
    return {
        "rule_id": rule.id,
        "version": rule.version,
        "factor": rule.factor,
        "weight": plain(rule.weight),
        "threshold": plain(rule.threshold),
        "risk_category": rule.risk_category,
        "auto_action": rule.auto_action,
        "action_payload": rule.action_payload,
    }
