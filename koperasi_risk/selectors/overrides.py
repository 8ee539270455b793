"""Overrides of a koperasi: the one that counts for a member today, and all of them in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from koperasi_risk.models import DecisionOverride, Tenant
from koperasi_risk.selectors.members import active_overrides

State = DecisionOverride.State
# What an approved one is on a day, beside the states that are stored.
ACTIVE, OVER = "ACTIVE", "OVER"


@dataclass(frozen=True)
class OverridePage:
    """Overrides, newest first, and before which number the next page starts; None on the last."""

    overrides: Sequence[DecisionOverride]
    total: int
    next_before: int | None


def active_override(tenant: Tenant, member_id: int, *, today: date) -> DecisionOverride | None:
    """Return the override that counts for a member today."""
    overrides = active_overrides(tenant, today=today).filter(member=member_id)
    return overrides.select_related("maker", "checker").order_by("-decided_at", "-pk").first()


def overrides_of(
    tenant: Tenant, *, today: date, state: str = "", member_id: int | None = None
) -> QuerySet[DecisionOverride]:
    """Return overrides, newest first; `state` is a stored one, ACTIVE or OVER."""
    overrides = DecisionOverride.objects.of(tenant)
    if state == ACTIVE:
        overrides = active_overrides(tenant, today=today)
    elif state == OVER:
        is_over = Q(ended_at__isnull=False) | Q(valid_until__lt=today)
        overrides = overrides.filter(is_over, state=State.APPROVED)
    elif state:
        overrides = overrides.filter(state=state)
    if member_id is not None:
        overrides = overrides.filter(member=member_id)
    related = overrides.select_related("member", "maker", "checker", "assessment")
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
    """Return how an override stands on a day: its state, ACTIVE or OVER where it was approved."""
    if override.state != State.APPROVED:
        return override.state
    return OVER if override.ended_at or override.valid_until < today else ACTIVE
