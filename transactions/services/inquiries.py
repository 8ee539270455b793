"""
Ask the gateway how a payment stands: because the shop wants to know, or because nobody told us.

The sweep asks about every sale whose code is missing or has run out, before it lets the sale expire.
While the gateway is away it asks ever less often.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import F

from core.errors import Unavailable
from transactions.models import GatewayOrder, PaymentEvent, Transaction
from transactions.paylabs import client
from transactions.paylabs.messages import NOT_FOUND, PENDING, PaymentReport
from transactions.services.payments import PaymentMismatch, expire_payment, follow_payment

log = structlog.get_logger("saksama.inquiries")

Source = PaymentEvent.Source
# Whoever claims a sale has so long to ask, then another may.
CLAIM_SECONDS = 60
LONGEST_PAUSE = timedelta(minutes=30)
# Clocks differ; a payment made in the last second is on its way.
GRACE = timedelta(seconds=30)
# A sale of which the gateway refuses to tell anything is given up after so long.
PATIENCE = timedelta(days=1)
ORDERS_PER_SWEEP = 500


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
    due = GatewayOrder.objects.filter(ask_at__lte=now).order_by("ask_at")
    return list(due.values_list("pk", flat=True)[:ORDERS_PER_SWEEP])


def resolve_payment(*, transaction_id: int, now: datetime) -> None:
    """
    Find out what became of a sale that is due, and close it when nobody paid in time.

    Repeating is safe; of several at once one asks. With the gateway away the sale stays due.
    """
    order = GatewayOrder.objects.select_related("transaction").filter(pk=transaction_id).first()
    if order is None or not _claim(order, now):
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
            _ask_again(order, now + _pause(order.asked_count))
            return
        report = None
    except Unavailable:
        _ask_again(order, now + _pause(order.asked_count))
        return
    if report is None or report.status == PENDING:
        _wait_or_expire(order, now)


def _claim(order: GatewayOrder, now: datetime) -> bool:
    # Claim by condition: of two sweeps that saw it due, one updates the row.
    due = GatewayOrder.objects.filter(pk=order.pk, ask_at=order.ask_at, ask_at__lte=now)
    soon = now + timedelta(seconds=CLAIM_SECONDS)
    return bool(due.update(ask_at=soon, asked_count=F("asked_count") + 1))


def _wait_or_expire(order: GatewayOrder, now: datetime) -> None:
    last_moment = order.expires_at + GRACE
    if now < last_moment:
        _ask_again(order, last_moment)
    else:
        expire_payment(sale=order.transaction, source=Source.SWEEP, now=now)


def _ask_again(order: GatewayOrder, when: datetime) -> None:
    # Not when an answer closed the question meanwhile.
    GatewayOrder.objects.filter(pk=order.pk, ask_at__isnull=False).update(ask_at=when)


def _pause(asked_count: int) -> timedelta:
    return min(timedelta(seconds=30) * 2 ** min(asked_count, 10), LONGEST_PAUSE)
