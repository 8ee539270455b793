"""Recompute stored scores from the series they stored, under the policy they named."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from scoring.domain.policy import POLICIES
from scoring.domain.scorecard import score
from scoring.domain.series import Series
from scoring.models import CreditScore
from scoring.services.rows import new_row

JUDGED = [
    "as_of_day",
    "policy_version",
    "points",
    "risk_band",
    "volume_points",
    "consistency_points",
    "growth_points",
    "refund_points",
    "settlement_points",
    "average_monthly_revenue",
    "min_limit",
    "max_limit",
    "sales_count",
    "data_quality",
    "measurements",
    "reasons",
    "improvements",
    "series",
]


@dataclass(frozen=True)
class Difference:
    """A stored figure that the same series does not give again."""

    score: CreditScore
    field: str
    stored: object
    recomputed: object


def differences_in(scores: QuerySet[CreditScore]) -> Iterator[Difference]:
    """Recompute these scores one by one and yield what differs. Nothing is written."""
    for stored in scores.iterator(chunk_size=200):
        yield from _differences(stored)


def _differences(stored: CreditScore) -> Iterator[Difference]:
    series = Series.from_json(stored.series)
    card = score(series, policy=POLICIES[stored.policy_version])
    if card is None:
        yield Difference(stored, "points", stored.points, None)
        return
    again = new_row(
        merchant_id=stored.merchant_id,
        series=series,
        card=card,
        as_of=stored.as_of,
        now=stored.calculated_at,
    )
    for field in JUDGED:
        was, now = getattr(stored, field), getattr(again, field)
        if was != now:
            yield Difference(stored, field, was, now)
