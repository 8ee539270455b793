"""Record a sale at the till: decided first, stored with its daily total, then paid in cash or by QRIS."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.errors import Conflict, InvalidInput, NotAllowed, Unavailable
from core.outbox import announce
from fraud.services import ALLOW, BLOCK, decide
from merchants.models import Merchant
from transactions.domain.items import Item, items_match
from transactions.models import Transaction, new_trade_number
from transactions.paylabs.client import require_gateway
from transactions.services.qris import begin_order, show_code
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


class ItemsDoNotMatchAmount(InvalidInput):
    code = "items_do_not_match_amount"


class SaleBlocked(NotAllowed):
    code = "blocked"


class ChallengeNotAvailable(Unavailable):
    code = "challenge_not_available"


class CodeTaken(Conflict):
    code = "code_taken"


def create_sale(
    *,
    merchant: Merchant,
    sale: NewSale,
    now: datetime,
    code: str | None = None,
    remember: Callable[[Transaction], object] | None = None,
) -> Transaction:
    """
    Ask for a decision, then record a sale, its daily total and `transaction.recorded` at once.

    Cash is paid with that. A QRIS sale waits for its payment; its code is asked for afterwards, and
    when that fails the sale stays: go on with `show_code`.

    A `code` (32 characters, the transaction ID to be) makes the call repeatable: the second returns
    the first one's sale. `remember` is called in the transaction that stores the sale; when it
    raises, nothing is written. Call it outside a transaction: the decision commits by itself.

    Raises ItemsDoNotMatchAmount, SaleBlocked, ChallengeNotAvailable, CodeTaken; for QRIS also
    GatewayNotConfigured, before anything is stored, and what `show_code` raises.
    """
    if not items_match(sale.items, sale.amount):
        text = _("The items do not add up to the amount.")
        raise ItemsDoNotMatchAmount(text, fields={"amount": text})
    is_qris = sale.method == Transaction.Method.QRIS
    if is_qris:
        require_gateway()
    recorded = code and _known(merchant, code, sale)
    if not recorded:
        code = code or new_trade_number()
        _pass_the_engine(merchant=merchant, sale=sale, code=code, now=now)
        recorded = _record(merchant=merchant, sale=sale, code=code, now=now, remember=remember)
    # Asking for the code may tell that it was paid meanwhile.
    return show_code(sale=recorded, now=now).transaction if is_qris else recorded


def _known(merchant: Merchant, code: str, sale: NewSale) -> Transaction | None:
    known = Transaction.objects.filter(code=code).first()
    if known and (known.merchant_id, known.method, known.amount) != (
        merchant.pk,
        sale.method,
        sale.amount,
    ):
        raise CodeTaken(_("This sale was recorded already, with other figures."))
    return known


def _record(*, merchant, sale: NewSale, code: str, now: datetime, remember) -> Transaction:
    try:
        with transaction.atomic():
            return _store(merchant=merchant, sale=sale, code=code, now=now, remember=remember)
    except IntegrityError:
        # Of two calls at once the other one stored it.
        if known := _known(merchant, code, sale):
            return known
        raise


def _store(*, merchant, sale: NewSale, code: str, now: datetime, remember) -> Transaction:
    is_qris = sale.method == Transaction.Method.QRIS
    payment = {} if is_qris else _paid_in_cash(sale.amount, now)
    recorded = Transaction.objects.create(
        code=code,
        merchant=merchant,
        method=sale.method,
        amount=sale.amount,
        description=sale.description,
        product_name=sale.product_name,
        items=[item.stored() for item in sale.items],
        # The gateway reports settlement, and so does cash itself.
        settlement_tracked=True,
        occurred_at=now,
        recorded_at=now,
        updated_at=now,
        **payment,
    )
    if is_qris:
        begin_order(sale=recorded, now=now)
    announce("transaction.recorded", merchant_id=merchant.pk, transaction_id=recorded.pk)
    if remember:
        remember(recorded)
    # Last: other tills of this merchant wait for the day's row until this commits.
    apply_change(merchant_id=merchant.pk, before=None, after=state_of(recorded))
    return recorded


def _paid_in_cash(amount: Decimal, now: datetime) -> dict[str, Any]:
    # Paid and settled in the hand, without a fee.
    return {
        "status": Transaction.Status.SUCCESS,
        "paid_at": now,
        "settled_at": now,
        "fee_amount": Decimal("0.00"),
        "net_amount": amount,
    }


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
