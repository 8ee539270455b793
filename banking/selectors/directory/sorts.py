"""The orders of the list, and the cursor that says where its next page begins."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from core.errors import InvalidCursor


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


class Place(NamedTuple):
    """Where a merchant stands in an order."""

    id: int
    key: Any


def write_cursor(place: Place, *, sort: str, falls: bool) -> str:
    """Write down the place of the last row of a page."""
    key = place.key.isoformat() if isinstance(place.key, datetime) else str(place.key)
    written = json.dumps([sort, falls, key, place.id], separators=(",", ":"))
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_cursor(cursor: str, *, sort: str, falls: bool) -> Place:
    """Read what `write_cursor` wrote for the same order. Raises InvalidCursor."""
    try:
        written = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        of_sort, of_falls, key, pk = json.loads(written)
        if (of_sort, of_falls) != (sort, falls) or not isinstance(key, str) or "\0" in key:
            raise ValueError(cursor)
        return Place(_whole(pk), SORTS[sort].read(key))
    except (ValueError, TypeError, OverflowError, InvalidOperation) as error:
        raise InvalidCursor from error
