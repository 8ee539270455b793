"""Record a sale at the till: decided first, then stored together with its daily total."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput, NotAllowed, Unavailable
from core.outbox import announce
from fraud.services import ALLOW, BLOCK, decide
from merchants.models import Merchant
from transactions.domain.items import Item, items_match
from transactions.models import Transaction, new_trade_number
from transactions.services.totals import apply_change, state_of


@dataclass(frozen=True, kw_only=True)
class NewSale:
    """What the till sends. `amount` is IDR, major units; `address` where the call came from."""

    method: str
    amount: Decimal
    description: str = ""
    product_name: str = ""
    items: Sequence[Item] = ()
    address: str = ""


class QrisNotAvailable(Unavailable):
    code = "qris_not_available"


class ItemsDoNotMatchAmount(InvalidInput):
    code = "items_do_not_match_amount"


class SaleBlocked(NotAllowed):
    code = "blocked"


class ChallengeNotAvailable(Unavailable):
    code = "challenge_not_available"


def create_sale(
    *,
    merchant: Merchant,
    sale: NewSale,
    now: datetime,
    remember: Callable[[Transaction], object] | None = None,
) -> Transaction:
    """
    Ask for a decision, then record a cash sale, its daily total and `transaction.recorded` at once.

    `remember` stores the caller's answer in the same transaction; when it raises, nothing is
    written. Call it outside a transaction: the decision commits by itself.

    Raises ItemsDoNotMatchAmount, QrisNotAvailable, SaleBlocked, ChallengeNotAvailable.
    """
    if not items_match(sale.items, sale.amount):
        text = _("The items do not add up to the amount.")
        raise ItemsDoNotMatchAmount(text, fields={"amount": text})
    if sale.method != Transaction.Method.CASH:
        raise QrisNotAvailable(_("QRIS payments are not available yet. Please record cash sales."))
    code = new_trade_number()
    _pass_the_engine(merchant=merchant, sale=sale, code=code, now=now)
    with transaction.atomic():
        recorded = _record_cash(merchant=merchant, sale=sale, code=code, now=now)
        announce("transaction.recorded", merchant_id=merchant.pk, transaction_id=recorded.pk)
        if remember:
            remember(recorded)
        # Last: other tills of this merchant wait for the day's row until this commits.
        apply_change(merchant_id=merchant.pk, before=None, after=state_of(recorded))
    return recorded


def _pass_the_engine(*, merchant: Merchant, sale: NewSale, code: str, now: datetime) -> None:
    event = {
        "eventId": str(uuid.uuid4()),
        "ts": now.isoformat(),
        "transactionId": code,
        "userId": f"merchant:{merchant.code}",
        # The engine counts whole rupiah.
        "amount": int(sale.amount.to_integral_value(ROUND_CEILING)),
        "currency": "IDR",
    }
    if sale.address:
        event["ip"] = sale.address
    decision = decide(topic="events.transaction.created", event=event, now=now)
    if decision.outcome == BLOCK:
        raise SaleBlocked(
            _("This sale was blocked (decision %(id)s).") % {"id": decision.decision_id},
            fields={"decisionId": str(decision.decision_id)},
        )
    if decision.outcome != ALLOW:
        raise ChallengeNotAvailable(_("This sale needs a confirmation that is not available yet."))


def _record_cash(*, merchant: Merchant, sale: NewSale, code: str, now: datetime) -> Transaction:
    # Cash is paid and settled in the hand, and costs no fee.
    return Transaction.objects.create(
        code=code,
        merchant=merchant,
        method=sale.method,
        amount=sale.amount,
        description=sale.description,
        product_name=sale.product_name,
        items=[item.stored() for item in sale.items],
        status=Transaction.Status.SUCCESS,
        settlement_tracked=True,
        fee_amount=Decimal("0.00"),
        net_amount=sale.amount,
        occurred_at=now,
        paid_at=now,
        settled_at=now,
        recorded_at=now,
        updated_at=now,
    )
