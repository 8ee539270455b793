"""Decisions over time, what changed in the rules meanwhile, and how often each rule is breached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Lag

from koperasi_risk.domain.periods import Step
from koperasi_risk.models import (
    Decision,
    DecisionOverride,
    RiskAssessment,
    RiskResult,
    RiskRule,
    RiskRuleRevision,
    Tenant,
)
from koperasi_risk.selectors.monitor.counting import grouped, of_borrowers
from koperasi_risk.selectors.rules import active_rules

HUNDRED = Decimal(100)


def decisions_over_time(
    tenant: Tenant, steps: Sequence[Step], *, kind: str = ""
) -> list[Mapping[str, int]]:
    """
    Return how many members' latest assessment was each decision at the end of each step.

    An assessment moves its member from the decision before to its own: the moves of each step, added up.
    """
    assessments = of_borrowers(RiskAssessment.objects.of(tenant), tenant, kind)
    before = Window(Lag("decision"), partition_by="member_id", order_by=["computed_at", "pk"])
    moves = grouped(
        assessments.filter(computed_at__lt=steps[-1].ends_at)
        .annotate(before=before)
        .values("computed_at", "before", "decision"),
        "width_bucket(computed_at, %s::timestamptz[]), before, decision, count(*)",
        by="1, 2, 3",
        given=[[step.ends_at for step in steps[:-1]]],
    )
    return _added_up(moves, len(steps))


def _added_up(moves, count: int) -> list[Mapping[str, int]]:
    standing, by_step = dict.fromkeys(Decision.values, 0), []
    for place in range(count):
        for _place, before, decision, members in (move for move in moves if move[0] == place):
            standing[decision] += members
            if before:
                standing[before] -= members
        by_step.append(dict(standing))
    return by_step


# ── What changed in the rules ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule was added, changed or deleted. `deed` is ADDED, CHANGED or DELETED."""

    at: datetime
    factor: str
    deed: str
    by: str
    why: str


def rule_changes(tenant: Tenant, *, since: datetime) -> list[RuleChange]:
    """Return how the rules changed, newest first."""
    revisions = RiskRuleRevision.objects.of(tenant).filter(at__gte=since)
    rows = revisions.order_by("-at", "-pk").values_list(
        "at", "rule__factor", "before__factor", "after__factor", "by__full_name", "why"
    )
    return [
        RuleChange(at, after or before or factor, _deed(before, after), by or "", why)
        for at, factor, before, after, by, why in rows
    ]


def _deed(before: str | None, after: str | None) -> str:
    if before is None:
        return "ADDED"
    return "DELETED" if after is None else "CHANGED"


# ── How often each rule is breached ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of the members whom a rule judged: how many breached it. Missing data judges nobody."""

    breached: int = 0
    judged: int = 0
    missing: int = 0

    @property
    def percent(self) -> Decimal | None:
        return HUNDRED * self.breached / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class BreachRate:
    """One rule now and at an earlier time."""

    rule: RiskRule
    now: Outcomes
    before: Outcomes
    # What stood then was judged by another version of the rule.
    has_changed: bool

    @property
    def never_fired(self) -> bool:
        is_judged = bool(self.now.judged or self.before.judged)
        return is_judged and not (self.now.breached or self.before.breached)

    @property
    def change(self) -> Decimal | None:
        """How many percentage points more are in breach; None where there is nothing to compare."""
        if self.now.percent is None or self.before.percent is None:
            return None
        return self.now.percent - self.before.percent


def breach_rates(tenant: Tenant, *, then: datetime, kind: str = "") -> list[BreachRate]:
    """Return the rules that decide now with their breaches, by each member's latest assessment."""
    now = of_borrowers(RiskResult.objects.of(tenant), tenant, kind).values("assessment")
    earlier = of_borrowers(RiskAssessment.objects.of(tenant), tenant, kind)
    # Backwards through the index that the decisions are counted from.
    latest_then = (
        earlier.filter(computed_at__lt=then)
        .order_by("-member_id", "-computed_at", "-pk")
        .distinct("member_id")
        .values("pk")
    )
    at_present, at_that_time = _outcomes(tenant, now), _outcomes(tenant, latest_then)
    return [
        BreachRate(
            rule,
            now=at_present.get(rule.pk, Outcomes()),
            before=at_that_time.get(rule.pk, Outcomes()),
            has_changed=rule.updated_at >= then,
        )
        for rule in active_rules(tenant)
    ]


def _outcomes(tenant: Tenant, assessments: QuerySet) -> dict[int, Outcomes]:
    rows = grouped(
        RiskAssessment.objects.of(tenant).filter(pk__in=assessments).values("lines"),
        "line.rule_id, count(*) FILTER (WHERE line.outcome = 'BREACH'),"
        " count(*) FILTER (WHERE line.outcome IN ('BREACH', 'PASS')),"
        " count(*) FILTER (WHERE line.outcome NOT IN ('BREACH', 'PASS'))",
        also="CROSS JOIN jsonb_to_recordset(row.lines) AS line(rule_id bigint, outcome text)",
        by="line.rule_id",
    )
    return {rule_id: Outcomes(*counts) for rule_id, *counts in rows}


# ── When people decide otherwise ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OverrideCounts:
    """Overrides asked for in a time, by what became of them; and of how many members there are results."""

    approved: int
    rejected: int
    waiting: int
    # Members of whom an override was approved in that time.
    members: int
    judged: int

    @property
    def percent(self) -> Decimal | None:
        return HUNDRED * self.members / self.judged if self.judged else None


def override_counts(tenant: Tenant, *, since: datetime, kind: str = "") -> OverrideCounts:
    """Return how often people decided otherwise than the engine since then."""
    asked = of_borrowers(DecisionOverride.objects.of(tenant), tenant, kind).filter(
        made_at__gte=since
    )
    states = DecisionOverride.State
    counts = asked.aggregate(
        approved=Count("pk", filter=Q(state=states.APPROVED)),
        rejected=Count("pk", filter=Q(state=states.REJECTED)),
        waiting=Count("pk", filter=Q(state=states.WAITING)),
        members=Count(F("member"), filter=Q(state=states.APPROVED), distinct=True),
    )
    judged = of_borrowers(RiskResult.objects.of(tenant), tenant, kind).count()
    return OverrideCounts(judged=judged, **counts)
