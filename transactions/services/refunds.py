"""
Give money back for a sale, in whole or in part, never more than was paid.

Cash goes back over the counter and is done at once. A QRIS payment goes back through the gateway: the
request is stored first, then asked for under its own number, so that a call that breaks off is repeated
without paying twice. Until the gateway has answered, the requested amount is spoken for.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import IntegrityError
from django.db import transaction as database
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Conflict, InvalidInput, Unavailable
from core.formats import rupiah
from core.outbox import announce
from transactions.models import GatewayOrder, Refund, Transaction
from transactions.paylabs import client
from transactions.paylabs.messages import FAILED, PAID, RefundOrder, RefundReport
from transactions.services.asking import CLAIM, ask_later, claim, due
from transactions.services.totals import totals_following

log = structlog.get_logger("saksama.refunds")

REQUESTED, PROCESSED = Refund.Status.REQUESTED, Refund.Status.PROCESSED
REJECTED = Refund.Status.REJECTED


class NotPaid(Conflict):
    code = "not_paid"


class RefundExceedsPaid(InvalidInput):
    code = "refund_exceeds_paid"


class InvalidRefundAmount(InvalidInput):
    code = "invalid_refund_amount"


class RefundCodeTaken(Conflict):
    code = "code_taken"


def refund_sale(
    *,
    transaction: Transaction,
    amount: Decimal,
    reason: str,
    by: User | None,
    now: datetime,
    code: uuid.UUID | None = None,
    remember: Callable[[Refund], object] | None = None,
) -> Refund:
    """
    Give back `amount` of a sale and return the refund, whose status tells how far it came.

    Of several at once, those that fit go through. A `code` makes the call repeatable: the second
    goes on with the refund of the first. `remember` is called in the transaction that stores it.
    Call it outside a transaction. With the gateway away the refund stays REQUESTED and the sweep
    asks again.

    Raises NotPaid, RefundExceedsPaid, InvalidRefundAmount, RefundCodeTaken, and GatewayRefused (the
    refund is REJECTED then).
    """
    try:
        refund = _request(transaction, amount, reason, by, now, code or uuid.uuid4(), remember)
    except IntegrityError:
        # Asked for at the same instant for another sale, which alone is not locked against ours.
        if code and Refund.objects.filter(code=code).exists():
            raise _taken() from None
        raise
    return continue_refund(refund=refund, now=now)


def continue_refund(*, refund: Refund, now: datetime) -> Refund:
    """Go on with a refund where an earlier call broke off. Raises GatewayRefused."""
    if refund.status == REJECTED:
        raise client.GatewayRefused(refund.rejection)
    # Without `ask_at` it never went to the gateway: an operator pays it back.
    if refund.status == REQUESTED and refund.ask_at:
        return _ask_gateway(refund, now)
    return refund


@database.atomic
def process_refund(*, refund: Refund, now: datetime, by_gateway: bool = False) -> Refund:
    """
    Note that requested money went back at `now`; the sale and its daily totals follow.

    The sale is `REFUNDED` once nothing is left of it. A refund that is closed stays as it is, except
    one that was rejected although the gateway paid it (`by_gateway`): what is paid is paid.
    """
    sale, refund = _locked(refund)
    if refund.status not in ((REQUESTED, REJECTED) if by_gateway else (REQUESTED,)):
        return refund
    if refund.amount > sale.amount - sale.refunded_amount:
        # Something else was given back in its place; people have to look.
        log.error("refunded_more_than_paid", refund=str(refund.code))
        return refund
    with totals_following(sale):
        refund.status, refund.processed_at, refund.ask_at = PROCESSED, now, None
        refund.save(update_fields=["status", "processed_at", "ask_at"])
        sale.refunded_amount += refund.amount
        if sale.refunded_amount == sale.amount:
            sale.status = Transaction.Status.REFUNDED
        _keep_refund_status(sale, now, "refunded_amount", "status")
    announce("transaction.refunded", merchant_ids=[sale.merchant_id], transaction_id=sale.pk)
    return refund


@database.atomic
def reject_refund(*, refund: Refund, why: str, now: datetime) -> Refund:
    """Note that requested money will not go back; it can be asked for again."""
    sale, refund = _locked(refund)
    if refund.status != REQUESTED:
        return refund
    refund.status, refund.rejection = REJECTED, why[:200]
    refund.rejected_at, refund.ask_at = now, None
    refund.save(update_fields=["status", "rejection", "rejected_at", "ask_at"])
    _keep_refund_status(sale, now)
    return refund


def refunds_to_ask(*, now: datetime) -> list[int]:
    """Return the refunds that the sweep should look into now, longest due first."""
    return due(Refund, now=now)


def resolve_refund(*, refund_id: int, now: datetime) -> None:
    """Ask the gateway again about a refund that is due; of several at once one asks."""
    refund = Refund.objects.select_related("transaction").filter(pk=refund_id).first()
    if refund is None or not claim(refund, now=now):
        return
    try:
        continue_refund(refund=refund, now=now)
    except client.GatewayRefused:
        log.warning("refund_refused", refund=str(refund.code))


# ── The request ────────────────────────────────────────────────────────────────────────


@database.atomic
def _request(transaction, amount, reason, by, now, code, remember) -> Refund:
    sale = _lock(transaction.pk)
    if known := Refund.objects.filter(code=code).first():
        return _the_same(known, sale, amount)
    _check(sale, amount)
    by_gateway = GatewayOrder.objects.filter(pk=sale.pk).exists()
    may_ask = by_gateway and settings.PAYLABS_REFUNDS
    refund = Refund.objects.create(
        code=code,
        transaction=sale,
        amount=amount,
        reason=reason,
        requested_at=now,
        ask_at=now + CLAIM if may_ask else None,
    )
    audit.record(
        "transaction.refunded", now=now, by=by, subject=sale, reason=reason, amount=str(amount)
    )
    if by_gateway:
        _keep_refund_status(sale, now)
    else:
        refund = process_refund(refund=refund, now=now)
    if remember:
        remember(refund)
    return refund


def _the_same(known: Refund, sale: Transaction, amount: Decimal) -> Refund:
    if (known.transaction_id, known.amount) != (sale.pk, amount):
        raise _taken()
    return known


def _taken() -> RefundCodeTaken:
    return RefundCodeTaken(_("This refund was asked for already, with other figures."))


def _check(sale: Transaction, amount: Decimal) -> None:
    if sale.status not in Transaction.PAID_STATUSES:
        raise NotPaid(_("Only a paid sale can be refunded."))
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        text = _("The amount must be more than 0, with at most two decimals.")
        raise InvalidRefundAmount(text, fields={"amount": text})
    left = refundable(sale)
    if amount > left:
        text = _("At most %(left)s can still be refunded.") % {"left": rupiah(left)}
        raise RefundExceedsPaid(text, fields={"amount": text})


def refundable(sale: Transaction) -> Decimal:
    """
    Return what can still be given back: paid, not refunded, and not asked for either.

    Costs one query, none where the sale's refunds were prefetched.
    """
    if sale.status not in Transaction.PAID_STATUSES:
        return Decimal(0)
    asked = sum(refund.amount for refund in sale.refunds.all() if refund.status == REQUESTED)
    return sale.amount - sale.refunded_amount - asked


# ── The gateway ────────────────────────────────────────────────────────────────────────


def _ask_gateway(refund: Refund, now: datetime) -> Refund:
    try:
        report = client.refund(order_of(refund))
    except client.GatewayRefused as refusal:
        reject_refund(refund=refund, why=refusal.message, now=now)
        raise
    except Unavailable:
        ask_later(refund, now=now)
        return refund
    return _follow(refund, report, now)


def order_of(refund: Refund) -> RefundOrder:
    """Word a refund for the gateway, under the number that it is known by there."""
    return RefundOrder(
        trade_number=refund.transaction.code,
        refund_number=refund.code.hex,
        amount=refund.amount,
        reason=refund.reason,
    )


def _follow(refund: Refund, report: RefundReport, now: datetime) -> Refund:
    if report.status == PAID:
        return process_refund(refund=refund, now=now, by_gateway=True)
    if report.status == FAILED:
        return reject_refund(refund=refund, why=_("Refused by the payment gateway."), now=now)
    ask_later(refund, now=now)
    return refund


# ── The sale ───────────────────────────────────────────────────────────────────────────


def _lock(pk: int) -> Transaction:
    return Transaction.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _locked(refund: Refund) -> tuple[Transaction, Refund]:
    """Lock the sale, then read the refund as it is now."""
    sale = _lock(refund.transaction_id)
    refund.refresh_from_db()
    return sale, refund


def _keep_refund_status(sale: Transaction, now: datetime, *changed: str) -> None:
    statuses = set(sale.refunds.values_list("status", flat=True))
    # What is still open comes first, then what went through.
    sale.refund_status = next(
        status
        for status in (REQUESTED, PROCESSED, REJECTED, "NONE")
        if status in {*statuses, "NONE"}
    )
    sale.updated_at = now
    sale.save(update_fields=[*changed, "refund_status", "updated_at"])
