"""What sells and what that suggests, from counted facts; no promises and no limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from scoring.domain.measurements import Measurements
from scoring.wording.numbers import number, percent, rupiah
from transactions.selectors.products import ProductStatistic

TRENDING = 3


@dataclass(frozen=True)
class ProductInsights:
    """Four pieces of text about a shop's products. `trending` pairs a name with why it is named."""

    summary: str
    trending: tuple[tuple[str, str], ...]
    inventory_advice: str
    growth_opportunity: str


def product_insights(
    *,
    measured: Measurements,
    products: Sequence[ProductStatistic],
    newest_sales: int | None = None,
) -> ProductInsights:
    """Word the facts in the active language; `newest_sales` when only those were counted."""
    period = _period(newest_sales)
    return ProductInsights(
        summary=_summary(measured),
        trending=tuple((product.name, _why(product, period)) for product in products[:TRENDING]),
        inventory_advice=_inventory(products),
        growth_opportunity=_opportunity(products, period),
    )


def _summary(measured: Measurements) -> str:
    if not measured.sales_count:
        return _("There have been no sales in the last 90 days.")
    sentences = [
        _("In the last 90 days there were %(sales)s sales, %(revenue)s after refunds.")
        % {
            "sales": number(measured.sales_count),
            "revenue": rupiah(measured.revenue),
        }
    ]
    if measured.raw_growth_percent is not None:
        sentences.append(_change(measured.raw_growth_percent))
    return " ".join(sentences)


def _change(growth: Decimal) -> str:
    if not growth:
        return _("Revenue of the last 30 days equals that of the 30 days before.")
    words = {"percent": percent(abs(growth))}
    if growth > 0:
        return _("Revenue of the last 30 days is %(percent)s above the 30 days before.") % words
    return _("Revenue of the last 30 days is %(percent)s below the 30 days before.") % words


def _period(newest_sales: int | None) -> str:
    if newest_sales is None:
        return _("in the last 90 days")
    return _("in your last %(sales)s sales") % {"sales": number(newest_sales)}


def _why(product: ProductStatistic, period: str) -> str:
    return _("%(pieces)s sold %(period)s") % {
        "pieces": number(product.quantity),
        "period": period,
    }


def _inventory(products: Sequence[ProductStatistic]) -> str:
    if not products:
        return _("Name the products of your sales to see here which ones sell best.")
    best = products[0]
    share = 100 * best.quantity / sum(product.quantity for product in products)
    return _(
        "Keep %(name)s in stock: it is %(share)s of the pieces sold of your best products."
    ) % {"name": best.name, "share": percent(share)}


def _opportunity(products: Sequence[ProductStatistic], period: str) -> str:
    earners = [product for product in products if product.revenue]
    if len(earners) < 2:
        return _("With prices for more of your products, you see here which of them earn most.")
    earners.sort(key=lambda product: product.revenue, reverse=True)
    return _(
        "%(first)s earns most (%(revenue)s %(period)s). Showing %(second)s beside it is"
        " worth a try."
    ) % {
        "first": earners[0].name,
        "second": earners[1].name,
        "revenue": rupiah(earners[0].revenue),
        "period": period,
    }
