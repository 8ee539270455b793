"""Sales for the tests of services and endpoints, written with their daily totals."""

from datetime import datetime, timedelta
from decimal import Decimal

from conftest import NOON
from merchants.models import Merchant
from transactions.models import Refund, Transaction
from transactions.services.totals import apply_change, state_of


def a_sale(
    merchant: Merchant,
    *,
    at: datetime = NOON - timedelta(days=1),
    amount: Decimal | int = 100_000,
    status: str = "SUCCESS",
    settled_after: timedelta | None = timedelta(days=1),
    refunded: Decimal | int = 0,
    refunded_at: datetime | None = None,
    **details,
) -> Transaction:
    """One sale through the gateway; `settled_after=None` is still waiting for its money."""
    amount, refunded = Decimal(amount), Decimal(refunded)
    is_paid = status in Transaction.PAID_STATUSES
    details = {
        "method": "QRIS",
        "paid_at": at if is_paid else None,
        "settlement_tracked": is_paid,
        "settled_at": at + settled_after if is_paid and settled_after is not None else None,
    } | details
    sale = Transaction.objects.create(
        merchant=merchant,
        occurred_at=at,
        amount=amount,
        status="REFUNDED" if refunded == amount else status,
        refunded_amount=refunded,
        recorded_at=at,
        updated_at=at,
        **details,
    )
    if refunded:
        Refund.objects.create(
            transaction=sale,
            amount=refunded,
            status="PROCESSED",
            requested_at=at,
            processed_at=refunded_at or at,
        )
    apply_change(merchant_id=merchant.pk, before=None, after=state_of(sale))
    return sale


def daily_sales(merchant: Merchant, *, days: int = 90, now: datetime = NOON, **details) -> None:
    """One sale on each of the last `days` complete days."""
    for ago in range(1, days + 1):
        a_sale(merchant, at=now - timedelta(days=ago), **details)
