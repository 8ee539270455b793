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

# Without names: these members are only counted.
_OF_DAY = """
SELECT f.member_id, '', '', '', f.member_status, f.as_of, f.computed_at, {columns}
FROM koperasi_risk_memberfacts AS f
WHERE f.tenant_id = %(tenant)s AND f.member_id = ANY(%(members)s) AND f.as_of = %(day)s
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


def of_day(
    tenant: Tenant, keys: Sequence[str], *, members: Sequence[int], day: date
) -> list[Measured]:
    """Return these members, nameless, with the values that these factors had at the end of a day."""
    return _rows(_OF_DAY, keys, {"tenant": tenant.pk, "members": members, "day": day})


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
