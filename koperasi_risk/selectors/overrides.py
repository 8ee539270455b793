"""Overrides of a koperasi: the one that counts for a member today, and all of them in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from koperasi_risk.models import DecisionOverride, Tenant
from koperasi_risk.selectors.members import active_overrides, agreed_overrides, covered, outgrown

State = DecisionOverride.State
# What an approved one is on a day, beside the states that are stored; OUTGROWN once the engine decides
# more gravely than what people looked at.
ACTIVE, OUTGROWN, OVER = "ACTIVE", "OUTGROWN", "OVER"


@dataclass(frozen=True)
class OverridePage:
    """Overrides, newest first, and before which number the next page starts; None on the last."""

    overrides: Sequence[DecisionOverride]
    total: int
    next_before: int | None


def active_override(tenant: Tenant, member_id: int, *, today: date) -> DecisionOverride | None:
    """Return the override that counts for a member today."""
    return _newest(active_overrides(tenant, today=today), member_id)


def override_of(
    tenant: Tenant, member_id: int, *, today: date, decision: str
) -> DecisionOverride | None:
    """Return the override that counts for a member today where the engine says this."""
    return _newest(agreed_overrides(tenant, today=today).filter(covered(decision)), member_id)


def _newest(overrides: QuerySet[DecisionOverride], member_id: int) -> DecisionOverride | None:
    found = overrides.filter(member=member_id).select_related("maker", "checker")
    return found.order_by("-decided_at", "-pk").first()


def overrides_of(
    tenant: Tenant, *, today: date, state: str = "", member_id: int | None = None
) -> QuerySet[DecisionOverride]:
    """Return overrides, newest first; `state` is a stored one, ACTIVE, OUTGROWN or OVER."""
    overrides = DecisionOverride.objects.of(tenant)
    if state == ACTIVE:
        overrides = active_overrides(tenant, today=today)
    elif state == OUTGROWN:
        overrides = agreed_overrides(tenant, today=today).filter(outgrown())
    elif state == OVER:
        is_over = Q(ended_at__isnull=False) | Q(valid_until__lt=today)
        overrides = overrides.filter(is_over, state=State.APPROVED)
    elif state:
        overrides = overrides.filter(state=state)
    if member_id is not None:
        overrides = overrides.filter(member=member_id)
    related = overrides.select_related("member__risk_result", "maker", "checker", "assessment")
    return related.order_by("-pk")


def overrides_page(
    tenant: Tenant,
    *,
    today: date,
    state: str = "",
    member_id: int | None = None,
    before: int | None = None,
    limit: int = 20,
) -> OverridePage:
    """Return a page of `overrides_of`, from those with a number below `before` on."""
    matching = overrides_of(tenant, today=today, state=state, member_id=member_id)
    rows = matching.filter(pk__lt=before) if before is not None else matching
    found = list(rows[: limit + 1])
    return OverridePage(
        overrides=found[:limit],
        total=matching.count(),
        next_before=found[limit - 1].pk if len(found) > limit else None,
    )


def standing_of(override: DecisionOverride, *, today: date) -> str:
    """Return how an override stands on a day: its state; where approved ACTIVE, OUTGROWN or OVER."""
    if override.state != State.APPROVED:
        return override.state
    if override.ended_at or override.valid_until < today:
        return OVER
    return ACTIVE if override.covers(override.member.risk_result.decision) else OUTGROWN
