"""The list itself: page after page, or all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import BANK_ROLES, User
from banking.selectors.directory.filters import (
    DirectoryFilter,
    conditions,
    joins,
    needs_revenue,
    parameters,
    revenues,
)
from banking.selectors.directory.rows import DirectoryRow, directory_rows
from banking.selectors.directory.sorts import SORTS, Place, read_cursor, write_cursor
from banking.selectors.portfolio import consenting

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


@dataclass(frozen=True)
class DirectoryPage:
    """Some merchants, how many match on all pages, and where the next page begins."""

    rows: Sequence[DirectoryRow] = ()
    total: int = 0
    next_cursor: str | None = None


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
    after = read_cursor(cursor, sort=sort, falls=falls) if cursor else None
    total, places = _found(
        user, wanted, sort=sort, falls=falls, limit=limit + 1, after=after, now=now
    )
    shown = places[:limit]
    next_cursor = None
    if len(places) > limit:
        next_cursor = write_cursor(shown[-1], sort=sort, falls=falls)
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


def _found(
    user: User,
    wanted: DirectoryFilter,
    *,
    sort: str,
    falls: bool,
    limit: int | None,
    after: Place | None,
    now: datetime,
) -> tuple[int, list[Place]]:
    statement = _FIND.format(
        key=SORTS[sort].key,
        joins=joins(wanted, sort),
        conditions=" AND ".join([consenting(), *conditions(wanted)]),
        after=f"(key, id) {'<' if falls else '>'} (%(key)s, %(id)s)" if after else "true",
        way="DESC" if falls else "ASC",
    )
    values = parameters(user, wanted, now) | {"limit": limit}
    if needs_revenue(wanted, sort):
        values |= revenues(now)
    if after:
        values |= {"key": after.key, "id": after.id}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    # Without any row on the page one line still tells the count.
    return rows[0][0], [Place(pk, key) for _count, pk, key in rows if pk is not None]
