"""Sales and their histories, with overrides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from merchants.models import Merchant
from transactions.models import Refund, Transaction
from transactions.services.totals import apply_change, state_of

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 12.00 in Jakarta


def a_sale(merchant: Merchant, **overrides) -> Transaction:
    """A paid QRIS sale, totals included; `paid_at` follows `occurred_at` unless overridden."""
    occurred_at = overrides.pop("occurred_at", NOON)
    status = overrides.get("status", "SUCCESS")
    details = {
        "method": "QRIS",
        "status": "SUCCESS",
        "amount": Decimal("15000.00"),
        "occurred_at": occurred_at,
        "paid_at": occurred_at if status in Transaction.PAID_STATUSES else None,
        "recorded_at": occurred_at,
        "updated_at": occurred_at,
    }
    sale = Transaction.objects.create(merchant=merchant, **(details | overrides))
    apply_change(merchant_id=merchant.pk, before=None, after=state_of(sale))
    return sale


def a_refund(sale: Transaction, **overrides) -> Refund:
    """A processed refund of the whole sale, a day later, without its effects on sale and totals."""
    details = {
        "amount": sale.amount,
        "status": "PROCESSED",
        "requested_at": sale.occurred_at + timedelta(days=1),
        "processed_at": sale.occurred_at + timedelta(days=1),
    }
    return Refund.objects.create(transaction=sale, **(details | overrides))
