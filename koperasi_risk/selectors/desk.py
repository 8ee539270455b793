"""What the koperasi's first page tells: how members stand, who worsened, what waits for somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)

from koperasi_risk.models import (
    Decision,
    DecisionOverride,
    Member,
    RiskAssessment,
    RiskResult,
    RiskRule,
    RuleProposal,
    Tenant,
)
from koperasi_risk.selectors.members import newest_facts, stale

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
        stale=Count("pk", filter=stale(tenant, today=today)),
        **{name: Count("pk", filter=Q(decision=name)) for name in Decision.values},
    )
    people = present.aggregate(
        all=Count("pk"), not_scored=Count("pk", filter=Q(risk_result__isnull=True))
    )
    classes = _classes(tenant, present)
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


def _classes(tenant: Tenant, members) -> dict[int, tuple[int, Decimal]]:
    """Return members who owe something, and what they owe, by collectability."""
    owing = members.annotate(
        level=newest_facts(tenant, "collectability"), owes=newest_facts(tenant, "outstanding")
    ).filter(owes__gt=0)
    sums = owing.values("level").annotate(count=Count("pk"), amount=Sum("owes")).order_by()
    return {row["level"]: (row["count"], row["amount"]) for row in sums}


def newly_worse(tenant: Tenant, *, now: datetime) -> tuple[Sequence[Worsened], int]:
    """Return the newest who got a graver decision within a week, and how many did."""
    earlier = RiskAssessment.objects.of(tenant).filter(
        member=OuterRef("member"), computed_at__lt=now - RECENT
    )
    before = Subquery(earlier.order_by("-computed_at", "-pk").values("decision")[:1])
    results = (
        RiskResult.objects.of(tenant)
        .filter(assessment__computed_at__gte=now - RECENT)
        .annotate(before=before)
        .annotate(level=_severity("decision"), level_before=_severity("before"))
        # A first decision is none that became graver; being rejected is worth a look all the same.
        .filter(
            Q(before__isnull=False, level__gt=F("level_before"))
            | Q(before__isnull=True, decision=Decision.REJECT)
        )
    )
    newest = results.select_related("member", "assessment").order_by(
        "-assessment__computed_at", "member_id"
    )
    return [_worsened(result) for result in newest[:SHOWN]], results.count()


def _worsened(result: RiskResult) -> Worsened:
    return Worsened(
        member=result.member,
        score=result.score,
        decision=result.decision,
        before=result.before or "",
        at=result.assessment.computed_at,
    )


def _severity(field: str) -> Case:
    whens = [When(**{field: name}, then=Value(level)) for name, level in _SEVERITY.items()]
    return Case(*whens, default=Value(-1), output_field=IntegerField())
