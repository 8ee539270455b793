"""How rules did lately: whom they hit, and how many rejections each caused by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from koperasi_risk.models import Tenant
from koperasi_risk.selectors.rules.in_force import active_rules

DAYS = 90


@dataclass(frozen=True)
class RuleHealth:
    """
    One rule in the assessments of the last days.

    `members` breached it at least once; of `rejections` (members who were rejected) it caused `alone`
    those in which no other rule asked to reject.
    """

    members: int = 0
    alone: int = 0
    rejections: int = 0

    @property
    def alone_share(self) -> float | None:
        """The share of rejections that this rule caused alone; None where there were none."""
        return self.alone / self.rejections if self.rejections else None


_BREACHED = """
WITH seen AS (
    SELECT id, member_id, decision, lines FROM koperasi_risk_riskassessment
    WHERE tenant_id = %(tenant)s AND computed_at >= %(since)s),
breached AS (
    SELECT seen.id, seen.member_id, seen.decision, (line ->> 'rule_id')::bigint AS rule_id,
        line ->> 'action' = 'REJECT' AS rejects,
        count(*) FILTER (WHERE line ->> 'action' = 'REJECT') OVER (PARTITION BY seen.id) AS rejecting
    FROM seen CROSS JOIN LATERAL jsonb_array_elements(seen.lines) AS line
    WHERE line ->> 'outcome' = 'BREACH')
SELECT rule_id, count(DISTINCT member_id),
    count(DISTINCT member_id) FILTER (
        WHERE rejects AND rejecting = 1 AND decision = 'AUTO_REJECT'),
    (SELECT count(DISTINCT member_id) FROM seen WHERE decision = 'AUTO_REJECT')
FROM breached GROUP BY rule_id
"""


def rule_health(tenant: Tenant, *, now: datetime) -> dict[int, RuleHealth]:
    """Return how each rule in force did in the last 90 days, by its number."""
    with connection.cursor() as cursor:
        cursor.execute(_BREACHED, {"tenant": tenant.pk, "since": now - timedelta(days=DAYS)})
        found = {rule_id: RuleHealth(*counts) for rule_id, *counts in cursor}
    return {rule.pk: found.get(rule.pk, RuleHealth()) for rule in active_rules(tenant)}
