"""
Let a QRIS sale follow what the gateway reports, whoever brings the report and however often.

Every move is made under the lock of the sale's row, so that of any number of callbacks and inquiries at
once exactly one counts a payment. A verified payment wins over everything that was believed before; a
failure reported for a paid sale is noted and changes nothing.
"""

from datetime import datetime
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.outbox import announce
from transactions.models import GatewayMismatch, GatewayOrder, PaymentEvent, Transaction
from transactions.paylabs.messages import FAILED, PAID, PaymentReport
from transactions.selectors.sales import TransactionNotFound
from transactions.services.totals import totals_following

log = structlog.get_logger("saksama.payments")

Kind, Source, Status = PaymentEvent.Kind, PaymentEvent.Source, Transaction.Status
Reason = GatewayMismatch.Reason


class PaymentMismatch(InvalidInput):
    """What was reported cannot be true of this sale."""

    code = "payment_mismatch"


def follow_payment(*, report: PaymentReport, source: str, now: datetime) -> Transaction:
    """
    Move the sale to what the gateway reports and return it; repeats change nothing.

    A payment counts for the day of the sale, with its fee; `transaction.paid` is announced.

    Raises TransactionNotFound, PaymentMismatch (amount or merchant); both are kept as a
    `GatewayMismatch` for the operators.
    """
    if report.merchant_id not in ("", settings.PAYLABS_MID):
        raise _mismatch(report, Reason.MERCHANT, report.merchant_id, settings.PAYLABS_MID, now)
    with transaction.atomic():
        sale = _locked(report.trade_number)
        known = sale and sale.amount
        if known == report.amount:
            with totals_following(sale):
                _follow(sale, report, source, now)
            return sale
    if sale is None:
        _note(report, Reason.UNKNOWN_SALE, report.status, "", now)
        raise TransactionNotFound(_("Transaction not found"))
    raise _mismatch(report, Reason.AMOUNT, str(report.amount), str(known), now)


@transaction.atomic
def expire_payment(*, sale: Transaction, source: str, now: datetime) -> Transaction:
    """Close a sale that nobody paid in time; one that moved meanwhile stays as it is."""
    locked = _locked(sale.code)
    if locked.status == Status.PENDING:
        with totals_following(locked):
            _move(locked, Status.EXPIRED, Kind.EXPIRED, source, now)
    _stop_asking(locked)
    return locked


@transaction.atomic
def refuse_payment(*, sale: Transaction, words: str, now: datetime) -> Transaction:
    """Close a sale for which the gateway gave no code, in its `words`; not one whose code came meanwhile."""
    locked = _locked(sale.code)
    without_code = GatewayOrder.objects.filter(pk=locked.pk, qr_code="")
    if locked.status == Status.PENDING and without_code.update(refusal=words[:200], ask_at=None):
        with totals_following(locked):
            _move(locked, Status.FAILED, Kind.REFUSED, Source.TILL, now)
    return locked


def _locked(trade_number: str) -> Transaction | None:
    # Only sales that went to the gateway: it knows nothing of the others.
    sales = Transaction.objects.filter(code=trade_number, gateway_order__isnull=False)
    return sales.select_for_update(of=("self",), no_key=True).first()


def _follow(sale: Transaction, report: PaymentReport, source: str, now: datetime) -> None:
    is_paid = sale.status in Transaction.PAID_STATUSES
    if report.status in (PAID, FAILED):
        _stop_asking(sale)
    if report.status == PAID and not is_paid:
        _pay(sale, report, source, now)
    elif report.status == PAID:
        _learn_the_fee(sale, report, now)
    elif report.status == FAILED and sale.status == Status.PENDING:
        # To the gateway an order whose time ran out has failed like any other.
        has_expired = source != Source.CALLBACK and now >= sale.gateway_order.expires_at
        _move(sale, *(_EXPIRED if has_expired else _FAILED), source, now)
    elif report.status == FAILED and is_paid:
        _note_late_failure(sale, source, now)


_EXPIRED, _FAILED = (Status.EXPIRED, Kind.EXPIRED), (Status.FAILED, Kind.FAILED)


def _pay(sale: Transaction, report: PaymentReport, source: str, now: datetime) -> None:
    # The gateway's clock may be off; a payment lies between the sale and now.
    sale.paid_at = max(min(report.paid_at or now, now), sale.occurred_at)
    sale.channel = report.channel or sale.channel
    _set_fee(sale, report.fee)
    _move(sale, Status.SUCCESS, Kind.PAID, source, now, "paid_at", "channel", *_FEES)
    announce("transaction.paid", merchant_id=sale.merchant_id, transaction_id=sale.pk)


_FEES = ("fee_amount", "net_amount")


def _set_fee(sale: Transaction, fee: Decimal | None) -> None:
    # A fee beyond the amount is none.
    if fee is not None and fee <= sale.amount:
        sale.fee_amount, sale.net_amount = fee, sale.amount - fee


def _learn_the_fee(sale: Transaction, report: PaymentReport, now: datetime) -> None:
    """Fill in the fee of a payment that an inquiry reported without one."""
    if sale.fee_amount is not None or report.fee is None:
        return
    _set_fee(sale, report.fee)
    _save(sale, now, *_FEES)


def _move(sale: Transaction, status: str, kind: str, source: str, now: datetime, *changed) -> None:
    """Give the sale its new status, and note in its history who said so."""
    sale.status = status
    _save(sale, now, "status", *changed)
    PaymentEvent.objects.create(transaction=sale, kind=kind, source=source, at=now)


def _save(sale: Transaction, now: datetime, *changed: str) -> None:
    sale.updated_at = now
    sale.save(update_fields=[*changed, "updated_at"])


def _stop_asking(sale: Transaction) -> None:
    GatewayOrder.objects.filter(pk=sale.pk).update(ask_at=None)


def _note_late_failure(sale: Transaction, source: str, now: datetime) -> None:
    log.warning("late_failure_of_a_paid_sale", trade_number=sale.code)
    if not sale.events.filter(kind=Kind.LATE_FAILURE).exists():
        PaymentEvent.objects.create(transaction=sale, kind=Kind.LATE_FAILURE, source=source, at=now)


def _mismatch(report, reason, reported: str, known: str, now: datetime) -> PaymentMismatch:
    _note(report, reason, reported, known, now)
    return PaymentMismatch(_("The report does not fit the transaction."))


def _note(report: PaymentReport, reason: str, reported: str, known: str, now: datetime) -> None:
    log.error("gateway_mismatch", trade_number=report.trade_number, reason=reason)
    mismatch = GatewayMismatch(
        trade_number=report.trade_number,
        reason=reason,
        reported=reported,
        known=known,
        received_at=now,
    )
    # The gateway repeats itself until it is believed; once is enough to see it.
    GatewayMismatch.objects.bulk_create([mismatch], ignore_conflicts=True)
