"""
Members with the values of some factors, as they were last computed or on one day: one statement each.

Only the factors that are asked for leave the database, as text, and the same text is read once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from koperasi_risk.domain.values import NOT_COMPUTED, Missing, Value
from koperasi_risk.models import Member, Tenant

# What stored values that are not ours can do to whoever reads or compares them.
UNREADABLE = (ArithmeticError, ValueError, TypeError, KeyError)

_NEWEST = """
SELECT m.id, m.code, m.full_name, m.number, f.member_status, f.as_of, f.computed_at, {columns}
FROM koperasi_risk_member AS m
LEFT JOIN LATERAL (
    SELECT * FROM koperasi_risk_memberfacts AS f
    WHERE f.tenant_id = %(tenant)s AND f.member_id = m.id
    ORDER BY f.as_of DESC LIMIT 1) AS f ON true
WHERE m.tenant_id = %(tenant)s AND m.status <> 'LEFT'
"""

_FELL = """
SELECT m.id, m.code, m.full_name, m.number, f.member_status, f.as_of, f.computed_at, {columns}
FROM koperasi_risk_memberfacts AS f
JOIN koperasi_risk_member AS m ON m.tenant_id = f.tenant_id AND m.id = f.member_id
WHERE f.tenant_id = %(tenant)s AND f.as_of = %(day)s AND f.days_past_due <= %(days)s
    AND f.member_status <> 'LEFT' AND f.member_id IN (
        SELECT later.member_id FROM koperasi_risk_memberfacts AS later
        WHERE later.tenant_id = %(tenant)s AND later.as_of > %(day)s
            AND later.days_past_due > %(days)s)
"""


class Measured(NamedTuple):
    """One member; `texts` are the values of the factors asked for, in their order, as stored."""

    id: int
    code: str
    name: str
    number: str
    status: str | None
    as_of: date | None
    computed_at: datetime | None
    texts: tuple[str | None, ...]

    @property
    def is_active(self) -> bool:
        return self.status == Member.Status.ACTIVE

    @property
    def has_facts(self) -> bool:
        return self.as_of is not None


def newest_of_members(tenant: Tenant, keys: Sequence[str]) -> list[Measured]:
    """Return every member who has not left, with the newest values of these factors."""
    return _rows(_NEWEST, keys, {"tenant": tenant.pk})


def later_behind(tenant: Tenant, keys: Sequence[str], *, day: date, days: int) -> list[Measured]:
    """Return who was not more than `days` past due on a day and was so later, with that day's values."""
    return _rows(_FELL, keys, {"tenant": tenant.pk, "day": day, "days": days})


def _rows(statement: str, keys: Sequence[str], parameters: Mapping) -> list[Measured]:
    columns = ", ".join(f'f."values" ->> %(key{place})s' for place in range(len(keys))) or "NULL"
    named = {f"key{place}": key for place, key in enumerate(keys)}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(columns=columns), {**parameters, **named})
        return [Measured(*row[:7], row[7:]) for row in cursor]


def values_of(member: Measured, keys: Sequence[str]) -> dict[str, Value]:
    """Return a member's values by factor. Raises one of UNREADABLE for what was not stored by us."""
    return dict(zip(keys, map(value_of, member.texts), strict=False))


@lru_cache(maxsize=1 << 16)
def value_of(text: str | None) -> Value:
    """Read one stored value. Raises one of UNREADABLE."""
    if text is None:
        return NOT_COMPUTED
    if text.startswith("{"):
        stored = json.loads(text)
        return Missing(stored["status"], stored["cause"])
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def readable(members: Iterable[Measured], place: int) -> Iterator[Value]:
    """Yield the values of one factor, besides those that nobody can read."""
    for member in members:
        try:
            yield value_of(member.texts[place])
        except UNREADABLE:
            continue
