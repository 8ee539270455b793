"""What a merchant's products tell, for words or a model to tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.dates import business_day, start_of_day
from core.kept import kept
from merchants.models import Merchant
from scoring.domain.measurements import Measurements, measure
from scoring.domain.series import WINDOW_DAYS, Series
from scoring.selectors.series import series_of
from transactions.selectors.products import (
    NEWEST_SALES,
    ProductStatistic,
    product_statistics,
)

KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True)
class ProductFacts:
    """
    Sales of the window, and the products most sold in it, most pieces first.

    `newest_sales` is how many of the sales the products were counted in, None for all of them.
    """

    measured: Measurements
    products: Sequence[ProductStatistic]
    newest_sales: int | None


def product_facts(merchant: Merchant, *, now: datetime) -> ProductFacts:
    """Read a merchant's product facts; the costly part is kept until its sales change."""
    series = series_of([merchant.pk], as_of=now)[merchant.pk]
    measured = measure(series)
    return ProductFacts(
        measured=measured,
        products=_products(merchant, series),
        newest_sales=NEWEST_SALES if measured.sales_count > NEWEST_SALES else None,
    )


def product_facts_of_complete_days(merchant: Merchant, *, now: datetime) -> ProductFacts | None:
    """
    Read product facts of the days that are over; they are the same until the day ends.

    None when nothing with a name was sold on them.
    """
    today = start_of_day(business_day(now))
    yesterday = today - timedelta(microseconds=1)
    series = series_of([merchant.pk], as_of=yesterday)[merchant.pk]
    products = _products(merchant, series, until=today)
    if not products:
        return None
    measured = measure(series)
    return ProductFacts(
        measured=measured,
        products=products,
        newest_sales=NEWEST_SALES if measured.sales_count > NEWEST_SALES else None,
    )


def _products(
    merchant: Merchant, series: Series, *, until: datetime | None = None
) -> Sequence[ProductStatistic]:
    if not series.days:
        return []
    # Every sale, refund and new day changes one of these.
    totals = series.totals
    version = (series.as_of_day, totals.paid_count, totals.refunded_count, totals.revenue_minor)
    name = "scoring.products.complete" if until else "scoring.products"
    key = f"{name}:{merchant.code}:" + ":".join(map(str, version))
    return kept(key, seconds=KEEP_SECONDS, find=lambda: _read(merchant, series, until))


def _read(merchant: Merchant, series: Series, until: datetime | None) -> Sequence[ProductStatistic]:
    since = start_of_day(series.as_of_day - timedelta(days=WINDOW_DAYS))
    return product_statistics(merchant=merchant, since=since, until=until)
