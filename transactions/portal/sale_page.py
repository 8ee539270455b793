"""What the page of one sale shows."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import segno
from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString, mark_safe

from core.portal.forms import new_code
from merchants.models import Merchant
from transactions.models import GatewayOrder, PaymentEvent, Refund, Transaction
from transactions.portal.forms import RefundForm
from transactions.selectors.history import Happening, history_of
from transactions.services.refunds import refundable

Kind = PaymentEvent.Kind
# Icons of the history.
SIGNS = {
    Happening.RECORDED: "receipt",
    Happening.REFUND_REQUESTED: "return",
    Happening.REFUND_PROCESSED: "return",
    Happening.REFUND_REJECTED: "error",
    Happening.SETTLED: "success",
    Kind.CODE_SHOWN: "clock",
    Kind.REFUSED: "error",
    Kind.PAID: "success",
    Kind.FAILED: "error",
    Kind.EXPIRED: "error",
    Kind.LATE_FAILURE: "info",
}


def payment_facts(sale: Transaction, *, now: datetime) -> dict:
    """Return what the page asks about every few seconds: whether, and how long, a payment is waited for."""
    order = GatewayOrder.objects.filter(transaction=sale).first()
    return {
        "sale": sale,
        "order": order,
        "is_waiting": order is not None and sale.status == Transaction.Status.PENDING,
        "seconds": max(0, int((order.expires_at - now).total_seconds())) if order else 0,
    }


def sale_page(sale: Transaction, merchant: Merchant, *, now: datetime) -> dict:
    """Return the context of `transactions/detail.html` and its pieces."""
    facts = payment_facts(sale, now=now)
    # Read once, for the page and for its history.
    prefetch_related_objects([sale], "refunds", "events")
    refunds = sorted(sale.refunds.all(), key=lambda refund: refund.requested_at)
    left = refundable(sale)
    code = facts["order"].qr_code if facts["is_waiting"] else ""
    return facts | {
        "merchant": merchant,
        "qr": qr_svg(code) if code else "",
        "refunds": refunds,
        "open_count": len(open_refunds(refunds)),
        "left": left,
        "kept": _kept_of(sale),
        "refund_form": _refund_form(left),
        "steps": [(SIGNS[step.kind], step) for step in history_of(sale)],
    }


def qr_svg(text: str) -> SafeString:
    """Draw a code that phones read, by attributes only, which every content policy lets through."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        svgclass="qr", lineclass=None, omitsize=True, border=4
    )
    return mark_safe(drawn)  # noqa: S308  (drawn from numbers; the text is not in it)


def open_refunds(refunds: Iterable[Refund]) -> list[Refund]:
    """Keep the refunds of which nobody knows yet whether they go through."""
    return [refund for refund in refunds if refund.status == Refund.Status.REQUESTED]


def _kept_of(sale: Transaction) -> Decimal | None:
    """What the shop keeps in the end; None while the fee is not known, or nothing went back."""
    if sale.net_amount is None or not sale.refunded_amount:
        return None
    return sale.net_amount - sale.refunded_amount


def _refund_form(left: Decimal) -> RefundForm | None:
    return RefundForm(initial={"code": new_code(), "amount": left}) if left > 0 else None
