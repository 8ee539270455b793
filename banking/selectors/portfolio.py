"""
Lists of the merchants that consented, with their latest score and recent revenue.

Written in SQL: a page is read by one statement whose text is put together in no time, and the
ranking walks an index in order, however many merchants there are.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import BANK_ROLES, User
from core.dates import business_day
from core.kept import kept
from merchants.models import Consent
from scoring.domain.series import BLOCK_DAYS

# How long the number of merchants on a list longer than a page may lag behind the list itself.
COUNT_SECONDS = 10

_COLUMNS = """m.id, m.code, m.company_name, m.city, m.category, m.scale, m.joined_at,
    s.points, s.risk_band, s.max_limit"""
_ALL = "merchants_merchant m LEFT JOIN scoring_latestscore s ON s.merchant_id = m.id"
_SCORED = "scoring_latestscore s JOIN merchants_merchant m ON m.id = s.merchant_id"

_PAGE = """
SELECT code, company_name, city, category, scale, points, risk_band, max_limit, (
    SELECT coalesce(sum(paid_amount - refunded_amount), 0) FROM transactions_dailytotal
    WHERE merchant_id = page.id AND day >= %(since)s)
FROM (
    SELECT {columns} FROM {merchants} WHERE {conditions}
    ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
) AS page
ORDER BY {order_of_page}
"""

# Every order ends in the key, so that pages never overlap.
ORDERS = {
    "name": "m.company_name, m.id",
    "city": "m.city, m.company_name, m.id",
    "newest": "m.joined_at DESC, m.id DESC",
}
_RANKING = "s.points DESC, s.merchant_id"
_BY_KEY = "m.id"


@dataclass(frozen=True)
class PortfolioFilter:
    """What a bank looks for. Empty texts and None leave a filter off."""

    search: str = ""
    risk_band: str = ""
    category: str = ""
    city: str = ""
    min_points: int | None = None
    max_points: int | None = None

    @property
    def conditions(self) -> str:
        """The conditions in SQL, with the fields as parameters."""
        return " AND ".join(
            text for name, text in _CONDITIONS.items() if getattr(self, name) not in ("", None)
        )


# A merchant without a score has NULL for points and band, and meets none of their conditions.
_CONDITIONS = {
    "search": """(strpos(upper(m.company_name), upper(%(search)s)) > 0
        OR upper(m.code) = upper(%(search)s))""",
    "risk_band": "s.risk_band = %(risk_band)s",
    "category": "upper(m.category) = upper(%(category)s)",
    "city": "upper(m.city) = upper(%(city)s)",
    "min_points": "s.points >= %(min_points)s",
    "max_points": "s.points <= %(max_points)s",
}


class PortfolioRow(NamedTuple):
    """
    One merchant on a list. Points, band and limit are those of the latest score, None without one.

    `revenue` is that of the last 30 complete days and today, net of refunds, in rupiah.
    """

    code: str
    company_name: str
    city: str
    category: str
    scale: str
    points: int | None
    risk_band: str | None
    max_limit: Decimal | None
    revenue: Decimal


@dataclass(frozen=True)
class PortfolioPage:
    """One page of a list, and how many merchants there are on all of its pages."""

    rows: Sequence[PortfolioRow]
    total: int


def portfolio_page(
    user: User, *, wanted: PortfolioFilter, sort: str, limit: int, offset: int, now: datetime
) -> PortfolioPage:
    """
    Return `limit` merchants from `offset`, best score first (those without one last), or by `sort`.

    `sort` is `score` or a key of ORDERS. Who is no bank person sees none. Where there are more
    pages, `total` may be COUNT_SECONDS old; the merchants never are.
    """
    if user.role not in BANK_ROLES:
        return PortfolioPage(rows=[], total=0)
    asked = _Asked(wanted=wanted, now=now)
    if sort == "score":
        rows = _by_score(asked, limit=limit, offset=offset)
    else:
        rows = asked.rows(_ALL, order=ORDERS[sort], limit=limit, offset=offset)
    return PortfolioPage(rows=rows, total=_total(asked, len(rows), limit=limit, offset=offset))


@dataclass(frozen=True)
class _Asked:
    """One question about the consenting merchants."""

    wanted: PortfolioFilter
    now: datetime

    @property
    def conditions(self) -> str:
        return " AND ".join(filter(None, [consenting(), self.wanted.conditions]))

    @property
    def parameters(self) -> dict[str, Any]:
        since = business_day(self.now) - timedelta(days=BLOCK_DAYS)
        return asdict(self.wanted) | {"since": since}

    def rows(
        self, merchants: str, *, order: str, limit: int, offset: int, also: str = "true"
    ) -> list[PortfolioRow]:
        statement = _PAGE.format(
            columns=_COLUMNS,
            merchants=merchants,
            conditions=f"{self.conditions} AND {also}",
            order=order,
            order_of_page=_of_page(order),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, self.parameters | {"limit": limit, "offset": offset})
            return [PortfolioRow(*row) for row in cursor]

    def count(self, merchants: str = _ALL) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {merchants} WHERE {self.conditions}",  # noqa: S608
                self.parameters,
            )
            return cursor.fetchone()[0]


def _by_score(asked: _Asked, *, limit: int, offset: int) -> list[PortfolioRow]:
    # Two steps: the ranking reads an index in order, where one outer join would sort everybody.
    rows = asked.rows(_SCORED, order=_RANKING, limit=limit, offset=offset)
    if len(rows) < limit:
        skipped = 0 if rows else max(0, offset - asked.count(_SCORED))
        rows += asked.rows(
            _ALL,
            also="s.merchant_id IS NULL",
            order=_BY_KEY,
            limit=limit - len(rows),
            offset=skipped,
        )
    return rows


def _total(asked: _Asked, found: int, *, limit: int, offset: int) -> int:
    is_last_page = found < limit and (found or not offset)
    if is_last_page:
        return offset + found
    name = sha256(repr(asked.wanted).encode()).hexdigest()
    return kept(f"banking.count:{name}", seconds=COUNT_SECONDS, find=asked.count)


def _of_page(order: str) -> str:
    return order.replace("s.merchant_id", "id").replace("m.", "").replace("s.", "")


@cache
def consenting() -> str:
    """Say in SQL, once for all, what `visible_to` lets bank people see."""
    standing, parameters = Consent.objects.standing().values("merchant").query.sql_with_params()
    return f"m.id IN ({standing % parameters})"
