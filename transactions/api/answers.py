"""How a sale looks on the wire: a plain dict, because a list writes a hundred of them."""

from typing import Any

from core.api.fields import instant
from core.dates import JAKARTA
from transactions.api.words import METHOD, REFUND_STATUS, STATUS, STATUS_REASON
from transactions.models import GatewayOrder, Refund, Transaction
from transactions.paylabs.messages import worded_instant
from transactions.selectors.history import history_of


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


def transaction_detail(sale: Transaction, *, merchant_code: str) -> dict[str, Any]:
    """Word one sale with what the list leaves out: its code at the gateway, refunds, history."""
    row = transaction_row(sale, merchant_code=merchant_code)
    order = getattr(sale, "gateway_order", None)
    row["metadata"] |= _at_gateway(order) if order else {}
    return row | {
        "refunds": [refund_row(refund) for refund in sale.refunds.order_by("requested_at", "pk")],
        "history": [
            {"event": step.kind, "date": instant(step.at), "source": step.source or None}
            for step in history_of(sale)
        ],
    }


def _at_gateway(order: GatewayOrder) -> dict[str, Any]:
    return {
        "paylabsRef": order.platform_trade_no,
        "qrString": order.qr_code,
        "qrisUrl": order.qris_url,
        "expiredTime": worded_instant(order.expires_at),
    }


def qris_sale(sale: Transaction) -> dict[str, Any]:
    """Word a QRIS sale that waits for its payment; `QrisSaleSerializer` documents it."""
    order = sale.gateway_order
    return {
        "transactionId": sale.code,
        "amount": f"{sale.amount:.2f}",
        "status": STATUS[sale.status],
        "qrCode": order.qr_code,
        "qrisUrl": order.qris_url,
        "expiredTime": worded_instant(order.expires_at),
        "productInfo": [_priced(item) for item in sale.items],
    }


def _priced(item: dict[str, Any]) -> dict[str, Any]:
    # Here alone the reference words prices as texts.
    prices = {
        name: f"{item[name]:.2f}" for name in ("price", "unitPrice", "totalPrice") if name in item
    }
    return {"type": "General", "url": "", **item, **prices}


def refund_row(refund: Refund) -> dict[str, Any]:
    """Word one refund; `RefundSerializer` documents it."""
    return {
        "refundId": str(refund.code),
        "amount": f"{refund.amount:.2f}",
        "reason": refund.reason,
        "status": REFUND_STATUS[refund.status],
        "requestedAt": instant(refund.requested_at),
        "processedAt": instant(refund.processed_at),
        "rejectedAt": instant(refund.rejected_at),
        "rejection": refund.rejection or None,
    }


def _optional(amount) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _time_of_day(settled_at) -> str | None:
    return settled_at and f"{settled_at.astimezone(JAKARTA):%H:%M:%S}"
