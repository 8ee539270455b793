"""
A merchant's sales, newest first, as a list of any length.

A page is reached by its first row, the anchor. Without filters the daily totals say on which day the
anchor lies, so that only that day is counted through, from its nearer end; with filters the matching
sales are counted through in the index, up to a bound. A cursor is the ID of the row before the page.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.dates import start_of_day
from core.errors import NotFound
from core.keyset import Place, beyond, place_of
from merchants.models import Merchant
from transactions.models import Transaction

# Filtered lists say "at least this many" beyond it.
MAX_COUNTED = 10_000
# A text is looked for in about so many of the newest sales.
SEARCH_DEPTH = 50_000

NEWEST_FIRST = ("-occurred_at", "-pk")
OLDEST_FIRST = ("occurred_at", "pk")


class TransactionNotFound(NotFound):
    code = "transaction_not_found"


@dataclass(frozen=True, kw_only=True)
class SalesFilter:
    """What to keep; days are business days, both included. An empty filter keeps everything."""

    statuses: tuple[str, ...] = ()
    method: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    search: str = ""

    @property
    def is_by_day(self) -> bool:
        return not (self.statuses or self.method or self.search)


@dataclass(frozen=True)
class SalesPage:
    """Some sales and where they stand. `searched_since`: older sales were not searched."""

    sales: list[Transaction]
    total: int
    total_is_exact: bool = True
    next_cursor: str | None = None
    searched_since: date | None = None


def sale_of(*, merchant: Merchant, code: str) -> Transaction:
    """Return one sale of this merchant. Raises TransactionNotFound."""
    sale = merchant.transactions.filter(code=code).first()
    if sale is None:
        raise TransactionNotFound(_("Transaction not found"))
    return sale


def sales_page(
    *, merchant: Merchant, wanted: SalesFilter, page: int, limit: int, cursor: str | None = None
) -> SalesPage:
    """
    Return one page of the sales that `wanted` keeps, counted from 1, or the one after `cursor`.

    A page beyond the end is empty. Raises InvalidCursor.
    """
    sold = merchant.transactions.all()
    before = place_of(sold, code=cursor, order=NEWEST_FIRST) if cursor else None
    searched_since = _searched_since(merchant, wanted)
    sales = _matching(merchant, wanted, searched_since)
    offset = (page - 1) * limit
    place = _place(merchant, wanted, offset) if wanted.is_by_day else None
    total, is_exact = _total(sales, wanted, place)

    if not total:
        rest = sales.none()
    elif before:
        rest = sales.filter(beyond(before, NEWEST_FIRST))
    elif offset == 0:
        rest = sales
    elif place:
        rest = _from(sales, _nth_of_day(sales, place, offset))
    else:
        rest = _from(sales, _nth(sales, offset, size=total if is_exact else None))
    rows = _rows(merchant, rest, limit, wanted)
    next_cursor = rows[-1].code if len(rows) == limit else None
    return SalesPage(rows, total, is_exact, next_cursor, searched_since)


def matching_sales(*, merchant: Merchant, wanted: SalesFilter) -> QuerySet[Transaction]:
    """Return every sale that `wanted` keeps, newest first; searched as deep as the list is."""
    since = _searched_since(merchant, wanted)
    return _matching(merchant, wanted, since).order_by(*NEWEST_FIRST)


# ── What matches ───────────────────────────────────────────────────────────────────────


def _matching(
    merchant: Merchant, wanted: SalesFilter, searched_since: date | None
) -> QuerySet[Transaction]:
    sales = merchant.transactions.all()
    if wanted.first_day:
        sales = sales.filter(occurred_at__gte=start_of_day(wanted.first_day))
    if wanted.last_day:
        sales = sales.filter(occurred_at__lt=start_of_day(wanted.last_day + timedelta(days=1)))
    if wanted.statuses:
        sales = sales.filter(status__in=wanted.statuses)
    if wanted.method:
        sales = sales.filter(method=wanted.method)
    if wanted.search:
        sales = _searched(sales, wanted.search, searched_since)
    return sales


def _searched(sales, text: str, since: date | None) -> QuerySet[Transaction]:
    known = sales.filter(Q(code=text.lower()) | Q(external_id=text)).values_list("pk", flat=True)
    if exact := list(known):
        return sales.filter(pk__in=exact)
    if since:
        sales = sales.filter(occurred_at__gte=start_of_day(since))
    return sales.filter(
        Q(description__icontains=text)
        | Q(product_name__icontains=text)
        | Q(external_id__icontains=text)
        | Q(code__icontains=text)
    )


def _searched_since(merchant: Merchant, wanted: SalesFilter) -> date | None:
    """Return the day back to which a search reads, None when it reads everything."""
    if not wanted.search:
        return None
    place = _place(merchant, wanted, SEARCH_DEPTH)
    if place is None or place.total <= SEARCH_DEPTH:
        return None
    # Never less than one whole day.
    return place.day + timedelta(days=1) if place.before else place.day


# ── Where a page begins ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Day:
    """The day on which a row lies: its sales, how many lie before it in the list, and the total."""

    day: date
    sales: int
    before: int
    total: int


# By hand: put together by Django, this statement costs more than all the rest of a page.
_DAYS = """
SELECT day, sales, before, total FROM (
    SELECT day, sales, sum(sales) OVER (ORDER BY day DESC) - sales AS before,
        sum(sales) OVER () AS total
    FROM (
        SELECT day, paid_count + pending_count + failed_count AS sales
        FROM transactions_dailytotal
        WHERE merchant_id = %(merchant)s AND day BETWEEN %(first)s AND %(last)s
    ) AS days
    WHERE sales > 0
) AS places
WHERE before <= %(offset)s ORDER BY day LIMIT 1
"""


def _place(merchant: Merchant, wanted: SalesFilter, offset: int) -> _Day | None:
    """Find the day of the row `offset`, or the oldest day when there are fewer rows."""
    days = {"first": wanted.first_day or date.min, "last": wanted.last_day or date.max}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"merchant": merchant.pk, "offset": offset, **days})
        found = cursor.fetchone()
    return _Day(found[0], *map(int, found[1:])) if found else None


def _total(sales, wanted: SalesFilter, place: _Day | None) -> tuple[int, bool]:
    """Return how many sales match, and whether these are all."""
    if wanted.is_by_day:
        return (place.total if place else 0), True
    counted = sales[: MAX_COUNTED + 1].count()
    return min(counted, MAX_COUNTED), counted <= MAX_COUNTED


def _nth_of_day(sales, place: _Day, offset: int) -> Place | None:
    start, end = start_of_day(place.day), start_of_day(place.day + timedelta(days=1))
    return _nth(sales.between(start, end), offset - place.before, size=place.sales)


def _nth(sales, n: int, *, size: int | None) -> Place | None:
    """Return where row `n` of the list stands, counted from its nearer end when its size is known."""
    if size is not None and n >= size:
        return None
    order = NEWEST_FIRST
    if size is not None and n > size // 2:
        order, n = OLDEST_FIRST, size - 1 - n
    return next(iter(sales.order_by(*order).values_list("occurred_at", "pk")[n : n + 1]), None)


def _from(sales, anchor: Place | None):
    if anchor is None:
        return sales.none()
    return sales.filter(beyond(anchor, NEWEST_FIRST, including=True))


def _rows(merchant: Merchant, sales, limit: int, wanted: SalesFilter) -> list[Transaction]:
    page = sales.order_by(*NEWEST_FIRST)[:limit]
    if wanted.is_by_day:
        return list(page)
    # The page is found in the index; only its own rows are read.
    return list(merchant.transactions.filter(pk__in=page.values("pk")).order_by(*NEWEST_FIRST))
