"""What the list shows of each merchant."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from banking.selectors.directory.filters import ACTIVE, first_day

WEEKS = 12

_ROWS = f"""
SELECT m.id, m.code, m.company_name, m.city, m.category, m.scale, m.joined_at,
    s.points, s.risk_band, s.max_limit, s.as_of, s.score_id,
    sold.revenue, sold.paid_count, sold.refunded_count,
    warned.number, warned.worst,
    lent.number, lent.outstanding,
    ARRAY(
        SELECT (
            SELECT points FROM scoring_creditscore
            WHERE merchant_id = m.id AND as_of <= s.as_of - make_interval(weeks => ago)
            ORDER BY as_of DESC, id DESC LIMIT 1
        )
        FROM generate_series(%(weeks)s - 1, 0, -1) AS ago
    )
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted(id, place)
JOIN merchants_merchant m ON m.id = wanted.id
LEFT JOIN scoring_latestscore s ON s.merchant_id = m.id,
LATERAL (
    SELECT coalesce(sum(paid_amount - refunded_amount), 0) AS revenue,
        coalesce(sum(paid_count), 0) AS paid_count,
        coalesce(sum(refunded_count), 0) AS refunded_count
    FROM transactions_dailytotal WHERE merchant_id = m.id AND day >= %(since)s
) AS sold,
LATERAL (
    SELECT count(*) AS number, min(CASE severity
        WHEN 'CRITICAL' THEN 1 WHEN 'MEDIUM' THEN 2 ELSE 3 END) AS worst
    FROM alerts_earlywarning WHERE merchant_id = m.id AND status = 'OPEN'
) AS warned,
LATERAL (
    SELECT count(DISTINCT a.id) AS number,
        coalesce(sum(i.principal - greatest(0, i.paid_amount - i.interest)), 0) AS outstanding
    FROM banking_loanapplication a LEFT JOIN banking_installment i ON i.application_id = a.id
    WHERE a.merchant_id = m.id AND a.bank_id = %(bank)s AND a.{ACTIVE.replace("AND ", "AND a.")}
) AS lent
ORDER BY wanted.place
"""  # noqa: S608 (constants)

_SEVERITIES = {1: "CRITICAL", 2: "MEDIUM", 3: "LOW"}


class DirectoryRow(NamedTuple):
    """
    One merchant as the list shows it. Points, band, limit and instant are those of its newest score.

    `revenue`, net of refunds in rupiah, and the counts are those of the last 30 complete days and
    today; `weeks` the score 11, 10 … 0 weeks before the newest, None before the first; `loans` and
    `outstanding` (principal) those with the reader's own bank.
    """

    id: int
    code: str
    company_name: str
    city: str
    category: str
    scale: str
    joined_at: datetime
    points: int | None
    risk_band: str | None
    max_limit: Decimal | None
    as_of: datetime | None
    score_id: int | None
    revenue: Decimal
    paid_count: int
    refunded_count: int
    warnings: int
    worst_rank: int | None
    loans: int
    outstanding: Decimal
    weeks: list[int | None]

    @property
    def refund_percent(self) -> Decimal | None:
        """Sales with a refund in percent of all paid sales; None without a sale."""
        return Decimal(100) * self.refunded_count / self.paid_count if self.paid_count else None

    @property
    def worst_severity(self) -> str:
        return _SEVERITIES.get(self.worst_rank, "")


def directory_rows(user: User, *, ids: Sequence[int], now: datetime) -> list[DirectoryRow]:
    """
    Return what the list shows of these merchants, in this order, with one statement.

    The caller has seen that `user` may see them.
    """
    if not ids:
        return []
    parameters = {
        "ids": list(ids),
        "since": first_day(now),
        "bank": user.organisation_id,
        "weeks": WEEKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, parameters)
        return [DirectoryRow(*row) for row in cursor]
