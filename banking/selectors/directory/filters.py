"""Who is to be found: the filters of the list, and how a statement says them."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import User
from core.dates import business_day
from core.kept import kept
from merchants.domain.phones import to_e164
from merchants.models import Merchant
from scoring.domain.series import BLOCK_DAYS

# A score this many days older is what the newest is compared with.
TREND_DAYS = 30
# So many points of difference are a rise or a fall.
TREND_POINTS = 3
# How long the revenues may lag behind that the list is ordered and filtered by; those it shows never do.
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


_OPEN_APPLICATIONS = "('DRAFT', 'SUBMITTED', 'UNDER_REVIEW', 'APPROVED')"
_LOANS_OF_BANK = "SELECT merchant_id FROM banking_loanapplication WHERE bank_id = %(bank)s"
ACTIVE = "status = 'DISBURSED' AND repaid_at IS NULL"
_WARNED = "m.id IN (SELECT merchant_id FROM alerts_earlywarning WHERE status = 'OPEN'{})"

_LOAN = {
    "ACTIVE": f"m.id IN ({_LOANS_OF_BANK} AND {ACTIVE})",
    "APPLICATION": f"m.id IN ({_LOANS_OF_BANK} AND status IN {_OPEN_APPLICATIONS})",
    "NONE": f"""NOT EXISTS ({_LOANS_OF_BANK} AND merchant_id = m.id
        AND (status IN {_OPEN_APPLICATIONS} OR {ACTIVE}))""",
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


def joins(wanted: DirectoryFilter, sort: str) -> str:
    """Return what the statement has to read beside merchants and their newest scores."""
    revenue = _REVENUE if needs_revenue(wanted, sort) else ""
    return " ".join([revenue, _EARLIER if wanted.trend else ""])


def needs_revenue(wanted: DirectoryFilter, sort: str) -> bool:
    """Tell whether everybody's revenue decides who is found, or where."""
    ranged = wanted.min_revenue is not None or wanted.max_revenue is not None
    return ranged or sort == "revenue"


def revenues(now: datetime) -> dict[str, str]:
    """Return shops and revenues as two arrays in PostgreSQL's own writing: nobody here reads them."""
    since = first_day(now)

    def find() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(_REVENUES, {"since": since})
            return [text or "{}" for text in cursor.fetchone()]

    shops, revenues = kept(f"banking.revenues:{since}", seconds=REVENUE_SECONDS, find=find)
    return {"shops": shops, "revenues": revenues}


def conditions(wanted: DirectoryFilter) -> list[str]:
    """Return what the statement holds each merchant against."""
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


def parameters(user: User, wanted: DirectoryFilter, now: datetime) -> dict[str, Any]:
    """Return the values that conditions and joins name."""
    return (
        asdict(wanted)
        | _indexes(wanted.search)
        | {
            "since": first_day(now),
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


def first_day(now: datetime) -> date:
    """Return the first day of the revenues that the list shows."""
    return business_day(now) - timedelta(days=BLOCK_DAYS)
