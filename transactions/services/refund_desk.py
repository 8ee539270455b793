"""Refunds that an operator closes by hand: paid back some other way, or found never to have been."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput
from transactions.models import Refund, Transaction
from transactions.services.refunds import process_refund, reject_refund


class RefundClosed(Conflict):
    code = "refund_closed"


@transaction.atomic
def confirm_refund(*, refund: Refund, by: User, reason: str, now: datetime) -> Refund:
    """
    Note that the money of a requested refund went back, as `by` found out.

    Raises RefundClosed, InvalidInput without a reason.
    """
    _claim(refund, reason)
    audit.record("refund.confirmed", now=now, by=by, subject=refund, reason=reason)
    return process_refund(refund=refund, now=now)


@transaction.atomic
def decline_refund(*, refund: Refund, by: User, reason: str, now: datetime) -> Refund:
    """
    Note that the money of a requested refund will not go back, and why.

    Raises RefundClosed, InvalidInput without a reason.
    """
    _claim(refund, reason)
    audit.record("refund.declined", now=now, by=by, subject=refund, reason=reason)
    return reject_refund(refund=refund, why=reason, now=now)


def _claim(refund: Refund, reason: str) -> None:
    if not reason.strip():
        message = _("Please give a reason.")
        raise InvalidInput(message, fields={"reason": message})
    # Under the sale's lock, as everywhere: gateway, sweep and a second operator wait here.
    Transaction.objects.select_for_update(of=("self",), no_key=True).get(pk=refund.transaction_id)
    refund.refresh_from_db()
    if refund.status != Refund.Status.REQUESTED:
        raise RefundClosed(_("This refund is closed already."))
