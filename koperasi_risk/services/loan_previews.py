"""What a loan would change, and how large an instalment may be: worked out, never stored."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from core.money import round_half_up
from koperasi_risk.domain import factors, scoring
from koperasi_risk.domain.factors import Missing
from koperasi_risk.domain.payloads import tiers_of
from koperasi_risk.models import Tenant
from koperasi_risk.selectors.rules import ruleset_of
from koperasi_risk.services.facts import measure_one
from koperasi_risk.services.scores import assess

DSR, INCOME = "debt_service_ratio", "monthly_income"


@dataclass(frozen=True)
class Room:
    """
    How much more a month a member may pay until a rule on the debt-service ratio is newly breached.

    `most` = `limit` percent of `income`, less `present`; None where no rule limits it, or, with a
    `cause`, where it cannot be known.
    """

    most: Decimal | None = None
    limit: Decimal | None = None
    income: Decimal | None = None
    present: Decimal | None = None
    cause: str = ""


@dataclass(frozen=True)
class Preview:
    """A member judged as things are, and as if an instalment were added."""

    before: scoring.Assessment
    after: scoring.Assessment
    room: Room


def preview_loan(
    *, tenant: Tenant, member_id: int, installment: Decimal | None, as_of: date
) -> Preview:
    """
    Judge a member now and with a new monthly instalment, which counts in the debt-service ratio alone.

    Nothing is stored. Raises MemberNotFound.
    """
    ruleset = ruleset_of(tenant)
    now = then = measure_one(tenant, member_id, as_of=as_of)
    if installment:
        then = measure_one(tenant, member_id, as_of=as_of, new_installment=installment)
    before, after = (assess(ruleset, facts) for facts in (now, then))
    return Preview(before=before, after=after, room=room_of(ruleset, now.values))


def room_of(ruleset: scoring.Ruleset, values: dict) -> Room:
    """
    Return the largest further instalment that breaches no rule newly, in whole rupiah.

    Only the debt-service ratio moves with an instalment. Its nearest limit that is not passed yet
    counts, tiers included; whoever has passed the last one has no room.
    """
    limits = [limit for rule in ruleset.rules for limit in _limits(rule)]
    if not limits:
        return Room()
    ratio, income = values[DSR], values[INCOME]
    for value in (income, ratio):
        if isinstance(value, Missing):
            return Room(cause=value.cause)
    # The ratio is cut after 28 digits; what it was made of were sums of money.
    present = round_half_up(ratio * income / 100, 6)
    ahead = [limit for limit in limits if limit >= ratio]
    limit = min(ahead) if ahead else max(limits)
    most = max(Decimal(0), limit * income / 100 - present).quantize(Decimal(1), ROUND_DOWN)
    return Room(most=most, limit=limit, income=income, present=present)


def _limits(rule: scoring.Rule) -> list[Decimal]:
    factor = factors.find(rule.factor)
    if factor is None or factor.key != DSR:
        return []
    tiers = tiers_of(rule.action_payload, threshold=rule.threshold, is_higher_riskier=True)
    return [rule.threshold, *(tier.threshold for tier in tiers)]
