"""Give money back for a sale, in whole or in part, never more than was paid."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput
from transactions.models import Refund, Transaction
from transactions.services.totals import apply_change, state_of


class NotPaid(Conflict):
    code = "not_paid"


class RefundExceedsPaid(InvalidInput):
    code = "refund_exceeds_paid"


class InvalidRefundAmount(InvalidInput):
    code = "invalid_refund_amount"


@transaction.atomic
def refund_sale(
    *, transaction: Transaction, amount: Decimal, reason: str, by: User | None, now: datetime
) -> Refund:
    """
    Record a refund that was paid out at `now`; the sale and its daily totals follow.

    The sale is `REFUNDED` once nothing is left of it. Each call is another refund. Of several at
    once, those that fit go through.

    Raises NotPaid, RefundExceedsPaid, InvalidRefundAmount.
    """
    sale = Transaction.objects.select_for_update(of=("self",)).get(pk=transaction.pk)
    _check(sale, amount)
    before = state_of(sale)
    refund = Refund.objects.create(
        transaction=sale,
        amount=amount,
        reason=reason,
        status=Refund.Status.PROCESSED,
        requested_at=now,
        processed_at=now,
    )
    _note_on(sale, amount, now)
    audit.record(
        "transaction.refunded", now=now, by=by, subject=sale, reason=reason, amount=str(amount)
    )
    apply_change(merchant_id=sale.merchant_id, before=before, after=state_of(sale))
    return refund


def _check(sale: Transaction, amount: Decimal) -> None:
    if sale.status not in Transaction.PAID_STATUSES:
        raise NotPaid(_("Only a paid sale can be refunded."))
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        text = _("The amount must be more than 0, with at most two decimals.")
        raise InvalidRefundAmount(text, fields={"amount": text})
    left = sale.amount - sale.refunded_amount
    if amount > left:
        text = _("At most Rp %(left)s can still be refunded.") % {"left": left}
        raise RefundExceedsPaid(text, fields={"amount": text})


def _note_on(sale: Transaction, amount: Decimal, now: datetime) -> None:
    sale.refunded_amount += amount
    sale.refund_status = Transaction.RefundStatus.PROCESSED
    if sale.refunded_amount == sale.amount:
        sale.status = Transaction.Status.REFUNDED
    sale.updated_at = now
    sale.save(update_fields=["refunded_amount", "refund_status", "status", "updated_at"])
