"""How a sale is called on our pages."""

from django import template
from django.utils.translation import gettext as _

from transactions.models import Transaction

register = template.Library()


@register.filter
def sale_name(sale: Transaction) -> str:
    """Name a sale by what was sold, or by its note; the first of several items stands for all."""
    first = sale.items[0].get("name", "") if sale.items else ""
    return sale.product_name or sale.description or first or _("Sale")
