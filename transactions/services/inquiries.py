"""
Ask the gateway how a payment stands: because the shop wants to know, or because nobody told us.

The sweep asks about every sale whose code is missing or has run out, before it lets the sale expire.
"""

from datetime import datetime, timedelta

from core.errors import Unavailable
from transactions.models import GatewayOrder, PaymentEvent, Transaction
from transactions.paylabs import client
from transactions.paylabs.messages import FAILED, NOT_FOUND, PAID, PaymentReport
from transactions.services.asking import ask_at, ask_later, claim, due
from transactions.services.payments import PaymentMismatch, expire_payment, follow_payment

Source = PaymentEvent.Source
# Clocks differ; a payment made in the last second is on its way.
GRACE = timedelta(seconds=30)
# A sale of which the gateway refuses to tell anything is given up after so long.
PATIENCE = timedelta(days=1)


def ask_gateway(*, sale: Transaction, now: datetime, source: str = Source.INQUIRY) -> PaymentReport:
    """
    Ask how a QRIS payment stands and let the sale follow. Call it outside a transaction.

    Raises GatewayUnavailable, GatewayRefused, GatewayNotConfigured, PaymentMismatch.
    """
    report = client.query_order(trade_number=sale.code)
    follow_payment(report=report, source=source, now=now)
    return report


def orders_to_ask(*, now: datetime) -> list[int]:
    """Return the sales that the sweep should look into now, longest due first."""
    return due(GatewayOrder, now=now)


def resolve_payment(*, transaction_id: int, now: datetime) -> None:
    """
    Find out what became of a sale that is due, and close it when nobody paid in time.

    Repeating is safe; of several at once one asks. With the gateway away the sale stays due.
    """
    order = GatewayOrder.objects.select_related("transaction").filter(pk=transaction_id).first()
    if order is None or not claim(order, now=now):
        return
    sale = order.transaction
    try:
        report = ask_gateway(sale=sale, now=now, source=Source.SWEEP)
    except PaymentMismatch:
        # It speaks of another payment: nothing of ours will be paid.
        report = None
    except client.GatewayRefused as refusal:
        # A gateway that is busy has not said that nobody paid.
        if refusal.err_code != NOT_FOUND and now < order.expires_at + PATIENCE:
            ask_later(order, now=now)
            return
        report = None
    except Unavailable:
        ask_later(order, now=now)
        return
    # Whatever else it may say is not the end either.
    if report is None or report.status not in (PAID, FAILED):
        _wait_or_expire(order, now)


def _wait_or_expire(order: GatewayOrder, now: datetime) -> None:
    last_moment = order.expires_at + GRACE
    if now < last_moment:
        ask_at(order, last_moment)
    else:
        expire_payment(sale=order.transaction, source=Source.SWEEP, now=now)
