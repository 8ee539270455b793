"""
Get the code that a QRIS sale is paid with.

The sale is stored before the gateway hears of it, and its code is the trade number there. A call that
breaks off anywhere therefore leaves a sale that a repeat, or the sweep, finds again: there is never a
payable code without a row, and never a second order for one sale.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Conflict
from transactions.models import GatewayOrder, PaymentEvent, Transaction
from transactions.paylabs import client
from transactions.paylabs.messages import (
    CONFLICT,
    FAILED,
    NOT_FOUND,
    NewOrder,
    OrderLine,
    PaymentReport,
)
from transactions.services.asking import CLAIM
from transactions.services.payments import follow_payment, refuse_payment

# An instant of expiry that is further off than this from what was asked for is a slip.
MOST_OFF = timedelta(days=1)


class CodeGone(Conflict):
    """There is no code to show any more; a new sale gets a new one."""

    code = "qr_code_gone"


def begin_order(*, sale: Transaction, now: datetime) -> GatewayOrder:
    """Note, in the transaction that stores the sale, that the gateway is going to be asked."""
    return GatewayOrder.objects.create(
        transaction=sale,
        expires_at=now + timedelta(seconds=settings.QRIS_LIFETIME_SECONDS),
        ask_at=now + CLAIM,
    )


def show_code(*, sale: Transaction, now: datetime) -> GatewayOrder:
    """
    Return the sale's order with its code, asking the gateway for it when it is not there yet.

    Repeat it after any failure: it goes on with the same trade number. Call it outside a transaction.

    Raises GatewayUnavailable, GatewayRefused (the sale has failed then, unless an earlier call is in
    doubt), GatewayNotConfigured, CodeGone, PaymentMismatch.
    """
    order = GatewayOrder.objects.select_related("transaction").get(pk=sale.pk)
    if order.qr_code:
        return order
    if order.refusal:
        raise client.GatewayRefused(order.refusal)
    if order.transaction.status != Transaction.Status.PENDING:
        raise CodeGone(_("This sale is closed. Please make a new one."))
    return _keep(order, _code_of(order, now), now)


def _code_of(order: GatewayOrder, now: datetime) -> PaymentReport:
    sale = order.transaction
    try:
        return client.create_order(_new_order(sale))
    except client.GatewayRefused as refusal:
        report = _earlier_order(sale, refusal, now)
    follow_payment(report=report, source=PaymentEvent.Source.INQUIRY, now=now)
    if report.status == FAILED or not report.qr_code:
        raise CodeGone(_("The gateway does not repeat the code. Please make a new sale."))
    return report


def _earlier_order(
    sale: Transaction, refusal: client.GatewayRefused, now: datetime
) -> PaymentReport:
    """
    Return what an earlier call made, which may have got through although its answer was lost.

    Raises `refusal` when there is none; only then has the sale failed. Otherwise the sweep finds out.
    """
    try:
        return client.query_order(trade_number=sale.code)
    except client.GatewayRefused as unknown:
        if unknown.err_code == NOT_FOUND and refusal.err_code != CONFLICT:
            refuse_payment(sale=sale, words=refusal.message, now=now)
        raise refusal from None


def _new_order(sale: Transaction) -> NewOrder:
    return NewOrder(
        trade_number=sale.code,
        amount=sale.amount,
        product_name=sale.product_name or sale.description[:100] or _("Sale"),
        lifetime_seconds=settings.QRIS_LIFETIME_SECONDS,
        lines=_lines(sale.items),
    )


def _lines(items: list[dict]) -> list[OrderLine]:
    # The gateway takes lines with price and quantity, or none at all.
    if all("totalPrice" in item for item in items):
        return [_line(place, item) for place, item in enumerate(items, start=1)]
    return []


def _line(place: int, item: dict) -> OrderLine:
    return OrderLine(
        id=item.get("id") or str(place),
        name=item["name"][:100],
        price=Decimal(str(item["unitPrice"])),
        quantity=item["quantity"],
        type=item.get("type") or "General",
        url=item.get("url", ""),
    )


@transaction.atomic
def _keep(order: GatewayOrder, report: PaymentReport, now: datetime) -> GatewayOrder:
    """Store what the payer scans; the sale's status is nobody's business here."""
    kept = GatewayOrder.objects.select_for_update().get(pk=order.pk)
    if kept.qr_code:
        return kept
    kept.platform_trade_no = report.platform_trade_no
    kept.qr_code, kept.qris_url = report.qr_code, report.qris_url
    if report.expires_at and abs(report.expires_at - kept.expires_at) <= MOST_OFF:
        kept.expires_at = report.expires_at
    if kept.transaction.status not in Transaction.PAID_STATUSES:
        # Also of a sale that was closed meanwhile: this code can be paid.
        kept.ask_at = max(kept.expires_at, kept.ask_at or now)
    kept.save()
    PaymentEvent.objects.create(
        transaction_id=kept.pk,
        kind=PaymentEvent.Kind.CODE_SHOWN,
        source=PaymentEvent.Source.TILL,
        at=now,
    )
    return kept
