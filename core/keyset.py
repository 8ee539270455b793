"""
Pages by key: the next page is what comes after the last row of this one, however much was added since.

An order is written as for `order_by`: names of fields and annotations, "-" before those that fall, none of
them ever NULL, the last one different in each row. A place in it is one row's values of these.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from core.errors import InvalidCursor

Order = Sequence[str]
Place = tuple[Any, ...]


def place_of(rows: QuerySet, *, code: str, order: Order) -> Place:
    """Return where the row of this code stands now. Raises InvalidCursor when there is none."""
    try:
        place = rows.filter(code=code).values_list(*map(_name, order)).first()
    except ValidationError as error:
        # No UUID, where codes are such.
        raise InvalidCursor from error
    if place is None:
        raise InvalidCursor
    return place


def beyond(place: Place, order: Order, *, including: bool = False) -> Q:
    """
    Ask for what comes after a place in an order, or from it on, `including` it.

    >>> beyond((5, 7), ("-points", "pk"))
    <Q: (AND: ('points__lte', 5), (OR: ('points__lt', 5), ('pk__gt', 7)))>
    """
    *earlier, last = zip(order, place, strict=True)
    condition = Q(**{_further(last[0]) + ("e" if including else ""): last[1]})
    for key, value in reversed(earlier):
        further = _further(key)
        # The range is what an index understands.
        condition = Q(**{f"{further}e": value}) & (Q(**{further: value}) | condition)
    return condition


def _further(key: str) -> str:
    return f"{_name(key)}__{'lt' if key.startswith('-') else 'gt'}"


def _name(key: str) -> str:
    return key.removeprefix("-")
