"""What follows a sale: how its payment stands, and money given back."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema

from core.api.idempotency import once
from core.api.responses import ok
from core.api.schema import answer
from core.errors import Unavailable
from merchants.selectors import merchant_of
from transactions.api.answers import refund_row, transaction_row
from transactions.api.serializers import CheckedSerializer, NewRefundSerializer, RefundedSerializer
from transactions.api.views import SalesView
from transactions.api.words import STATUS, STATUS_REASON
from transactions.models import Refund, Transaction
from transactions.paylabs.client import GatewayRefused
from transactions.paylabs.messages import PAID
from transactions.selectors.sales import sale_of
from transactions.services.inquiries import ask_gateway
from transactions.services.refunds import refund_sale


class CheckStatusView(SalesView):
    @extend_schema(responses=answer(CheckedSerializer, message=True))
    def get(self, request, code):
        """
        How a payment stands, asked of the gateway unless it is settled between us already.

        With the gateway away, the last known status and a message that says so.
        """
        merchant = merchant_of(request.user)
        sale = sale_of(merchant=merchant, code=code)
        paylabs_status, message = _ask(sale)
        sale = sale_of(merchant=merchant, code=code)
        return ok(
            {
                "transactionId": sale.code,
                "status": STATUS[sale.status],
                "statusReason": STATUS_REASON.get(sale.status),
                "amount": f"{sale.amount:.2f}",
                "paylabsStatus": paylabs_status,
            },
            message=message,
        )


def _ask(sale: Transaction) -> tuple[str | None, str]:
    if not hasattr(sale, "gateway_order"):
        return None, _("This sale is not paid through the gateway.")
    if sale.status in Transaction.PAID_STATUSES:
        return PAID, _("The payment has arrived.")
    try:
        return ask_gateway(sale=sale, now=timezone.now()).status, _("Asked the gateway just now.")
    except (Unavailable, GatewayRefused) as refusal:
        return None, refusal.message


class RefundView(SalesView):
    takes_idempotency_key = True

    @extend_schema(
        request=NewRefundSerializer, responses={201: answer(RefundedSerializer, message=True)}
    )
    def post(self, request, code):
        """
        Give money back, in part or in full.

        Cash is `Processed` at once; a QRIS payment when the gateway has paid it back, until then it is
        `Requested`.
        """
        body = NewRefundSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        merchant = merchant_of(request.user)
        sale = sale_of(merchant=merchant, code=code)
        with once(request) as attempt:
            if attempt.answer:
                return attempt.answer
            refund = refund_sale(
                transaction=sale,
                amount=body.validated_data["amount"],
                reason=body.validated_data["reason"],
                by=request.user,
                now=timezone.now(),
                code=UUID(attempt.subject) if attempt.subject else None,
                remember=lambda refund: attempt.begin(str(refund.code)),
            )
            return attempt.keep(_refunded(refund, merchant_code=merchant.code))


def _refunded(refund: Refund, *, merchant_code: str):
    words = {
        Refund.Status.REQUESTED: _("Refund requested"),
        Refund.Status.PROCESSED: _("Refund paid out"),
        Refund.Status.REJECTED: _("Refund rejected"),
    }
    sale = Transaction.objects.get(pk=refund.transaction_id)
    row = refund_row(refund) | {"transaction": transaction_row(sale, merchant_code=merchant_code)}
    return ok(row, message=words[refund.status], status=201)
