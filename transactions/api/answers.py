"""How a sale looks on the wire: a plain dict, because a list writes a hundred of them."""

from typing import Any

from core.api.fields import instant
from core.dates import JAKARTA
from transactions.api.words import METHOD, REFUND_STATUS, STATUS, STATUS_REASON
from transactions.models import Transaction


def transaction_row(sale: Transaction, *, merchant_code: str) -> dict[str, Any]:
    """Word one sale as the reference's Transaction object; `TransactionSerializer` documents it."""
    return {
        "transactionId": sale.code,
        "merchantId": merchant_code,
        "externalId": sale.external_id,
        "transactionDate": instant(sale.occurred_at),
        "amount": f"{sale.amount:.2f}",
        "paymentMethod": METHOD[sale.method],
        "paymentChannel": sale.channel or None,
        "status": STATUS[sale.status],
        "statusReason": STATUS_REASON.get(sale.status),
        "refundStatus": REFUND_STATUS[sale.refund_status],
        "refundAmount": f"{sale.refunded_amount:.2f}",
        "chargebackFlag": sale.chargeback,
        "settlementDate": instant(sale.settled_at),
        "settlementTime": _time_of_day(sale.settled_at),
        "feeAmount": _optional(sale.fee_amount),
        "netAmount": _optional(sale.net_amount),
        "customerId": sale.customer_ref or None,
        "metadata": {
            "description": sale.description or None,
            "productName": sale.product_name or None,
            "productInfo": sale.items,
        },
        "createdAt": instant(sale.recorded_at),
        "updatedAt": instant(sale.updated_at),
    }


def _optional(amount) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _time_of_day(settled_at) -> str | None:
    return settled_at and f"{settled_at.astimezone(JAKARTA):%H:%M:%S}"
