"""What the koperasi's first page tells: how members stand, who worsened, what waits for somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery

from koperasi_risk.models import (
    Decision,
    DecisionOverride,
    Member,
    MemberFacts,
    RiskAssessment,
    RiskResult,
    RiskRule,
    RuleProposal,
    Tenant,
)
from koperasi_risk.selectors.members import stale

RECENT = timedelta(days=7)
SHOWN = 8
_SEVERITY = {decision: level for level, decision in enumerate(Decision.values)}


@dataclass(frozen=True)
class Desk:
    """The koperasi in figures; `classes` counts members who owe something, by collectability."""

    decisions: Mapping[str, int]
    not_scored: int
    stale: int
    last_scored: datetime | None
    members: int
    rules: int
    waiting_overrides: int
    waiting_proposals: int
    classes: Mapping[int, int]
    outstanding: Mapping[int, Decimal]


@dataclass(frozen=True)
class Worsened:
    """A member whose decision became graver; `before` is empty where this was the first."""

    member: Member
    score: Decimal
    decision: str
    before: str
    at: datetime


def desk_of(tenant: Tenant, *, today: date) -> Desk:
    """Return how the koperasi stands; as many queries however many members."""
    present = Member.objects.of(tenant).exclude(status=Member.Status.LEFT)
    results = RiskResult.objects.of(tenant).aggregate(
        last=Max("computed_at"),
        since=Min("as_of", filter=~Q(member__status=Member.Status.LEFT)),
        stale=Count("pk", filter=stale(tenant, today=today)),
        **{name: Count("pk", filter=Q(decision=name)) for name in Decision.values},
    )
    people = present.aggregate(
        all=Count("pk"), not_scored=Count("pk", filter=Q(risk_result__isnull=True))
    )
    classes = _classes(tenant, since=results["since"])
    return Desk(
        decisions={name: results[name] for name in Decision.values},
        not_scored=people["not_scored"],
        stale=results["stale"],
        last_scored=results["last"],
        members=people["all"],
        rules=RiskRule.objects.of(tenant).active().count(),
        waiting_overrides=_waiting(DecisionOverride, tenant),
        waiting_proposals=_waiting(RuleProposal, tenant),
        classes={level: count for level, (count, _amount) in classes.items()},
        outstanding={level: amount for level, (_count, amount) in classes.items()},
    )


def _waiting(model, tenant: Tenant) -> int:
    return model.objects.of(tenant).filter(state="WAITING").count()


def _classes(tenant: Tenant, *, since: date | None) -> dict[int, tuple[int, Decimal]]:
    """
    Return members who owe something, and what they owe, by collectability.

    Every member who was scored has factors of the day `since` or later; no older ones are read.
    """
    if since is None:
        return {}
    facts = MemberFacts.objects.of(tenant).exclude(member__status=Member.Status.LEFT)
    newest = facts.filter(as_of__gte=since).order_by("member", "-as_of").distinct("member")
    found: dict[int, tuple[int, Decimal]] = {}
    for level, owes in newest.values_list("collectability", "outstanding"):
        count, amount = found.get(level, (0, Decimal(0)))
        if owes:
            found[level] = (count + 1, amount + owes)
    return found


def newly_worse(tenant: Tenant, *, now: datetime) -> tuple[Sequence[Worsened], int]:
    """Return the newest who got a graver decision within a week, and how many did."""
    earlier = RiskAssessment.objects.of(tenant).filter(
        member=OuterRef("member"), computed_at__lt=now - RECENT
    )
    before = Subquery(earlier.order_by("-computed_at", "-pk").values("decision")[:1])
    recent = RiskResult.objects.of(tenant).filter(assessment__computed_at__gte=now - RECENT)
    rows = recent.order_by("-assessment__computed_at", "member_id").annotate(before=before)
    worse = {
        member: earlier
        for member, decision, earlier in rows.values_list("member", "decision", "before")
        if _is_worse(decision, earlier)
    }
    shown = list(worse)[:SHOWN]
    newest = recent.filter(member__in=shown).select_related("member", "assessment")
    found = {result.member_id: result for result in newest}
    return [_worsened(found[member], worse[member]) for member in shown], len(worse)


def _is_worse(decision: str, before: str | None) -> bool:
    # A first decision is none that became graver; being rejected is worth a look all the same.
    if before is None:
        return decision == Decision.REJECT
    return _SEVERITY[decision] > _SEVERITY[before]


def _worsened(result: RiskResult, before: str | None) -> Worsened:
    return Worsened(
        member=result.member,
        score=result.score,
        decision=result.decision,
        before=before or "",
        at=result.assessment.computed_at,
    )
