"""
The merchants that a bank's people look through: by any filter, in any order, page after page.

Two statements make a page. The first finds and counts who matches, and takes the next few in order;
the second reads what the list shows of those. A cursor is the place of the row before the page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import BANK_ROLES, User
from banking.selectors.portfolio import consenting
from core.dates import business_day
from core.errors import InvalidCursor
from core.kept import kept
from merchants.domain.phones import to_e164
from merchants.models import Merchant
from scoring.domain.series import BLOCK_DAYS

# A score this many days older is what the newest is compared with.
TREND_DAYS = 30
# So many points of difference are a rise or a fall.
TREND_POINTS = 3
WEEKS = 12
# How long the cities and categories on offer may lag behind.
CHOICES_SECONDS = 60
# And the revenues that the list is ordered and filtered by; those it shows never do.
REVENUE_SECONDS = 30
# Whoever types this many digits looks for a phone, NPWP or NIK: never stored, never logged.
PERSONAL_DIGITS = 8


def is_personal(text: str) -> bool:
    """Tell whether a searched text may be somebody's phone, tax ID or national ID."""
    return sum(character.isdigit() for character in text) >= PERSONAL_DIGITS


@dataclass(frozen=True, kw_only=True)
class DirectoryFilter:
    """
    Which merchants to keep; empty texts and None keep all.

    `warning` is ANY, CRITICAL or a kind of warning; `loan` is ACTIVE, APPLICATION or NONE with the
    reader's own bank; `trend` is UP, DOWN or FLAT over 30 days; joined_* are instants, half-open.
    """

    search: str = ""
    city: str = ""
    category: str = ""
    risk_band: str = ""
    min_points: int | None = None
    max_points: int | None = None
    trend: str = ""
    warning: str = ""
    min_revenue: Decimal | None = None
    max_revenue: Decimal | None = None
    joined_from: datetime | None = None
    joined_before: datetime | None = None
    loan: str = ""


@dataclass(frozen=True)
class Sort:
    """One order of the list: what it goes by, how it begins, and how a cursor is read back."""

    key: str
    read: Any
    falls: bool = True


def _whole(text: str | int) -> int:
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number


def _amount(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or number.adjusted() > 24:
        raise ValueError(text)
    return number


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


# Whatever is missing has a value below all others, so that a key is never NULL.
SORTS = {
    "score": Sort("coalesce(s.points, -1)", _whole),
    "name": Sort("m.company_name", str, falls=False),
    "revenue": Sort("coalesce(r.revenue, 0)", _amount),
    "updated": Sort("coalesce(s.as_of, '1970-01-01 00:00+00'::timestamptz)", _instant),
}

_OPEN_APPLICATIONS = "('DRAFT', 'SUBMITTED', 'UNDER_REVIEW', 'APPROVED')"
_LOANS_OF_BANK = "SELECT merchant_id FROM banking_loanapplication WHERE bank_id = %(bank)s"
_ACTIVE = "status = 'DISBURSED' AND repaid_at IS NULL"
_WARNED = "m.id IN (SELECT merchant_id FROM alerts_earlywarning WHERE status = 'OPEN'{})"

_LOAN = {
    "ACTIVE": f"m.id IN ({_LOANS_OF_BANK} AND {_ACTIVE})",
    "APPLICATION": f"m.id IN ({_LOANS_OF_BANK} AND status IN {_OPEN_APPLICATIONS})",
    "NONE": f"""NOT EXISTS ({_LOANS_OF_BANK} AND merchant_id = m.id
        AND (status IN {_OPEN_APPLICATIONS} OR {_ACTIVE}))""",
}
_TREND = {
    "UP": "s.points - t.points >= %(trend_points)s",
    "DOWN": "t.points - s.points >= %(trend_points)s",
    "FLAT": "abs(s.points - t.points) < %(trend_points)s",
}
_CONDITIONS = {
    "city": "upper(m.city) = upper(%(city)s)",
    "category": "upper(m.category) = upper(%(category)s)",
    "risk_band": "s.risk_band = %(risk_band)s",
    "min_points": "s.points >= %(min_points)s",
    "max_points": "s.points <= %(max_points)s",
    "min_revenue": "coalesce(r.revenue, 0) >= %(min_revenue)s",
    "max_revenue": "coalesce(r.revenue, 0) <= %(max_revenue)s",
    "joined_from": "m.joined_at >= %(joined_from)s",
    "joined_before": "m.joined_at < %(joined_before)s",
}
_BY_NAME = """(strpos(upper(m.company_name), upper(%(search)s)) > 0
    OR upper(m.code) = upper(%(search)s))"""
_BY_INDEX = f"""({_BY_NAME} OR m.phone_index = ANY(%(phone)s)
    OR m.tax_id_index = ANY(%(tax_id)s) OR m.national_id_index = ANY(%(national_id)s))"""

# Everybody's revenue takes a walk through all daily totals: it is summed up once in a while.
_REVENUES = """
SELECT array_agg(merchant_id)::text, array_agg(revenue)::text FROM (
    SELECT merchant_id, sum(paid_amount - refunded_amount) AS revenue
    FROM transactions_dailytotal WHERE day >= %(since)s GROUP BY merchant_id
) AS shops
"""
_REVENUE = """LEFT JOIN unnest(%(shops)s::bigint[], %(revenues)s::numeric[])
    AS r(merchant_id, revenue) ON r.merchant_id = m.id"""
_EARLIER = """LEFT JOIN LATERAL (
    SELECT points FROM scoring_creditscore
    WHERE merchant_id = m.id AND as_of <= s.as_of - make_interval(days => %(trend_days)s)
    ORDER BY as_of DESC, id DESC LIMIT 1
) t ON true"""

_FIND = """
WITH found AS MATERIALIZED (
    SELECT m.id, {key} AS key
    FROM merchants_merchant m LEFT JOIN scoring_latestscore s ON s.merchant_id = m.id
    {joins}
    WHERE {conditions}
)
SELECT (SELECT count(*) FROM found), page.id, page.key
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT id, key FROM found WHERE {after} ORDER BY key {way}, id {way} LIMIT %(limit)s
) AS page ON true
ORDER BY page.key {way}, page.id {way}
"""

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
    WHERE a.merchant_id = m.id AND a.bank_id = %(bank)s AND a.{_ACTIVE.replace("AND ", "AND a.")}
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


@dataclass(frozen=True)
class DirectoryPage:
    """Some merchants, how many match on all pages, and where the next page begins."""

    rows: Sequence[DirectoryRow] = ()
    total: int = 0
    next_cursor: str | None = None


@dataclass(frozen=True)
class Choices:
    """The cities and categories that consenting merchants name."""

    cities: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)


def directory_page(
    user: User,
    *,
    wanted: DirectoryFilter,
    sort: str,
    falls: bool,
    limit: int,
    now: datetime,
    cursor: str | None = None,
) -> DirectoryPage:
    """
    Return `limit` matching merchants, the first ones or those after `cursor`.

    `sort` is a key of SORTS, highest first when it `falls`. Who is no bank person sees none.
    Raises InvalidCursor.
    """
    if user.role not in BANK_ROLES:
        return DirectoryPage()
    after = _read_cursor(cursor, sort=sort, falls=falls) if cursor else None
    total, places = _found(
        user, wanted, sort=sort, falls=falls, limit=limit + 1, after=after, now=now
    )
    shown = places[:limit]
    next_cursor = None
    if len(places) > limit:
        next_cursor = _write_cursor(shown[-1], sort=sort, falls=falls)
    rows = directory_rows(user, ids=[place.id for place in shown], now=now)
    return DirectoryPage(rows=rows, total=total, next_cursor=next_cursor)


def matching_ids(
    user: User, *, wanted: DirectoryFilter, sort: str, falls: bool, now: datetime
) -> list[int]:
    """Return every matching merchant's id in order, as an export takes them."""
    if user.role not in BANK_ROLES:
        return []
    _total, places = _found(user, wanted, sort=sort, falls=falls, limit=None, after=None, now=now)
    return [place.id for place in places]


def directory_rows(user: User, *, ids: Sequence[int], now: datetime) -> list[DirectoryRow]:
    """
    Return what the list shows of these merchants, in this order, with one statement.

    The caller has seen that `user` may see them.
    """
    if not ids:
        return []
    parameters = {
        "ids": list(ids),
        "since": _since(now),
        "bank": user.organisation_id,
        "weeks": WEEKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, parameters)
        return [DirectoryRow(*row) for row in cursor]


def directory_choices() -> Choices:
    """Return the cities and categories on offer, in alphabetical order; CHOICES_SECONDS old at most."""
    lists = kept("banking.directory_choices", seconds=CHOICES_SECONDS, find=_choices)
    return Choices(*lists)


def _choices() -> list[list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT array_agg(DISTINCT m.city) FILTER (WHERE m.city <> ''),
                array_agg(DISTINCT m.category) FILTER (WHERE m.category <> '')
            FROM merchants_merchant m WHERE {consenting()}"""  # noqa: S608
        )
        return [sorted(names or []) for names in cursor.fetchone()]


# ── Finding ────────────────────────────────────────────────────────────────────────────


class _Place(NamedTuple):
    id: int
    key: Any


def _found(
    user: User,
    wanted: DirectoryFilter,
    *,
    sort: str,
    falls: bool,
    limit: int | None,
    after: _Place | None,
    now: datetime,
) -> tuple[int, list[_Place]]:
    statement = _FIND.format(
        key=SORTS[sort].key,
        joins=_joins(wanted, sort),
        conditions=" AND ".join([consenting(), *_conditions(wanted)]),
        after=f"(key, id) {'<' if falls else '>'} (%(key)s, %(id)s)" if after else "true",
        way="DESC" if falls else "ASC",
    )
    parameters = _parameters(user, wanted, now) | {"limit": limit}
    if _needs_revenue(wanted, sort):
        parameters |= _revenues(now)
    if after:
        parameters |= {"key": after.key, "id": after.id}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    # Without any row on the page one line still tells the count.
    return rows[0][0], [_Place(pk, key) for _count, pk, key in rows if pk is not None]


def _joins(wanted: DirectoryFilter, sort: str) -> str:
    revenue = _REVENUE if _needs_revenue(wanted, sort) else ""
    return " ".join([revenue, _EARLIER if wanted.trend else ""])


def _needs_revenue(wanted: DirectoryFilter, sort: str) -> bool:
    ranged = wanted.min_revenue is not None or wanted.max_revenue is not None
    return ranged or sort == "revenue"


def _revenues(now: datetime) -> dict[str, str]:
    """Return shops and revenues as two arrays in PostgreSQL's own writing: nobody here reads them."""
    since = _since(now)

    def find() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(_REVENUES, {"since": since})
            return [text or "{}" for text in cursor.fetchone()]

    shops, revenues = kept(f"banking.revenues:{since}", seconds=REVENUE_SECONDS, find=find)
    return {"shops": shops, "revenues": revenues}


def _conditions(wanted: DirectoryFilter) -> list[str]:
    found = [text for name, text in _CONDITIONS.items() if getattr(wanted, name) not in ("", None)]
    if wanted.search:
        found.append(_BY_INDEX if is_personal(wanted.search) else _BY_NAME)
    if wanted.trend:
        found.append(_TREND[wanted.trend])
    if wanted.warning:
        found.append(_warned(wanted.warning))
    if wanted.loan:
        found.append(_LOAN[wanted.loan])
    return found


def _warned(warning: str) -> str:
    match warning:
        case "ANY":
            return _WARNED.format("")
        case "CRITICAL":
            return _WARNED.format(" AND severity = %(warning)s")
    return _WARNED.format(" AND kind = %(warning)s")


def _parameters(user: User, wanted: DirectoryFilter, now: datetime) -> dict[str, Any]:
    return (
        asdict(wanted)
        | _indexes(wanted.search)
        | {
            "since": _since(now),
            "bank": user.organisation_id,
            "trend_days": TREND_DAYS,
            "trend_points": TREND_POINTS,
        }
    )


def _indexes(text: str) -> dict[str, list[str]]:
    """Return the blind indexes of a text that may be a phone, tax ID or national ID."""
    if not is_personal(text):
        return {}
    digits = "".join(filter(str.isdigit, text))
    typed = {"phone": [_phone(text)], "tax_id": [text, digits], "national_id": [digits]}
    return {name: [_index(name, each) for each in texts] for name, texts in typed.items()}


def _index(name: str, text: str) -> str:
    return Merchant._meta.get_field(f"{name}_index").index_of(text)


def _phone(text: str) -> str:
    try:
        return to_e164(text)
    except ValueError:
        return text


def _since(now: datetime) -> date:
    return business_day(now) - timedelta(days=BLOCK_DAYS)


# ── Cursors ────────────────────────────────────────────────────────────────────────────


def _write_cursor(place: _Place, *, sort: str, falls: bool) -> str:
    key = place.key.isoformat() if isinstance(place.key, datetime) else str(place.key)
    written = json.dumps([sort, falls, key, place.id], separators=(",", ":"))
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, *, sort: str, falls: bool) -> _Place:
    try:
        written = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        of_sort, of_falls, key, pk = json.loads(written)
        if (of_sort, of_falls) != (sort, falls) or not isinstance(key, str) or "\0" in key:
            raise ValueError(cursor)
        return _Place(_whole(pk), SORTS[sort].read(key))
    except (ValueError, TypeError, OverflowError, InvalidOperation) as error:
        raise InvalidCursor from error
