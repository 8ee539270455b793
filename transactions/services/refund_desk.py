"""
Refunds that an operator closes by hand: paid back some other way, or found never to have been.

What the gateway was asked to pay is asked about first, so that nothing is paid here and there too.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput
from transactions.models import Refund, Transaction
from transactions.paylabs import client
from transactions.paylabs.messages import FAILED, NO_REFUND, NOT_FOUND, PAID
from transactions.services.refunds import order_of, process_refund, reject_refund


class RefundClosed(Conflict):
    code = "refund_closed"


class RefundInWork(Conflict):
    """The gateway has not said yet whether it pays."""

    code = "refund_in_work"


def confirm_refund(*, refund: Refund, by: User, reason: str, now: datetime) -> Refund:
    """
    Note that the money of a requested refund went back, as `by` found out.

    Call it outside a transaction: the gateway is asked. Raises RefundClosed, InvalidInput without a
    reason, RefundInWork, and GatewayUnavailable or GatewayRefused while the gateway does not tell.
    """
    _require(reason)
    _standing(refund)
    with transaction.atomic():
        _claim(refund)
        audit.record("refund.confirmed", now=now, by=by, subject=refund, reason=reason)
        return process_refund(refund=refund, now=now)


def decline_refund(*, refund: Refund, by: User, reason: str, now: datetime) -> Refund:
    """
    Note that the money of a requested refund will not go back, and why.

    Call it outside a transaction: the gateway is asked; what it has paid is processed instead. Raises
    as `confirm_refund` does.
    """
    _require(reason)
    if _standing(refund) == PAID:
        process_refund(refund=refund, now=now, by_gateway=True)
        raise RefundClosed(_("The gateway has paid this refund back already."))
    with transaction.atomic():
        _claim(refund)
        audit.record("refund.declined", now=now, by=by, subject=refund, reason=reason)
        return reject_refund(refund=refund, why=reason, now=now)


def _require(reason: str) -> None:
    if not reason.strip():
        message = _("Please give a reason.")
        raise InvalidInput(message, fields={"reason": message})


def _standing(refund: Refund) -> str | None:
    """Return whether the gateway PAID or FAILED; None where it knows of nothing or was never asked."""
    if refund.ask_at is None:
        return None
    try:
        status = client.query_refund(order_of(refund)).status
    except client.GatewayRefused as refusal:
        if refusal.err_code in (NO_REFUND, NOT_FOUND):
            return None
        raise
    if status not in (PAID, FAILED):
        raise RefundInWork(_("The gateway is still working on this refund."))
    return status


def _claim(refund: Refund) -> None:
    # Under the sale's lock, as everywhere: gateway, sweep and a second operator wait here.
    Transaction.objects.select_for_update(of=("self",), no_key=True).get(pk=refund.transaction_id)
    refund.refresh_from_db()
    if refund.status != Refund.Status.REQUESTED:
        raise RefundClosed(_("This refund is closed already."))
