"""
What is said to the gateway and what it says, in our words.

Amounts travel as text with two decimals, instants as `YYYYMMDDHHmmss` in Jakarta; a status is 01
(waiting), 02 (paid) or 09 (failed). Whatever does not read as that is a `Nonsense`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.dates import JAKARTA
from transactions.domain.settlements import SettlementLine, UnreadableLine

OK = "0"
# Why the gateway says no. Agreed with our simulator and, but for the first, with nobody else yet: try them
# at its test system and change them here. Any other word leaves a payment or refund in doubt, to be asked
# about again, and loses nothing.
CONFLICT, NOT_FOUND, NO_REFUND = "Conflict", "OrderNotFound", "RefundNotFound"
PENDING, PAID, FAILED = "01", "02", "09"
_INSTANT = "%Y%m%d%H%M%S"
_MOST = Decimal(10) ** 16


class Nonsense(ValueError):
    """The gateway said something that cannot be understood."""


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line of a sale; `price` for one piece."""

    id: str
    name: str
    price: Decimal
    quantity: int
    type: str = "General"
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """A QRIS payment to ask for. `trade_number` has at most 32 characters."""

    trade_number: str
    amount: Decimal
    product_name: str
    lifetime_seconds: int
    lines: Sequence[OrderLine] = ()


@dataclass(frozen=True, kw_only=True)
class PaymentReport:
    """
    What the gateway says of one payment. `status` is PENDING, PAID or FAILED.

    `fee` is None where it says nothing of fees; the code and its instant of expiry come with the
    order and with inquiries.
    """

    trade_number: str
    status: str
    amount: Decimal
    merchant_id: str = ""
    request_id: str = ""
    platform_trade_no: str = ""
    paid_at: datetime | None = None
    fee: Decimal | None = None
    channel: str = ""
    qr_code: str = ""
    qris_url: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RefundOrder:
    """Money to give back. `refund_number` has at most 32 characters."""

    trade_number: str
    refund_number: str
    amount: Decimal
    reason: str


@dataclass(frozen=True, kw_only=True)
class RefundReport:
    """What the gateway says of one refund; PENDING is still in work, FAILED refused."""

    refund_number: str
    status: str
    amount: Decimal
    refunded_at: datetime | None = None


# ── What we say ────────────────────────────────────────────────────────────────────────


def money(amount: Decimal) -> str:
    """Word an amount: `10000.00`."""
    return f"{amount:.2f}"


def order_body(order: NewOrder, *, notify_url: str) -> dict[str, Any]:
    """Word a new order; its trade number is its request's id too."""
    body = {
        "requestId": order.trade_number,
        "merchantTradeNo": order.trade_number,
        "paymentType": "QRIS",
        "amount": money(order.amount),
        "productName": order.product_name[:100],
        "expire": order.lifetime_seconds,
        "notifyUrl": notify_url,
    }
    if order.lines:
        body["productInfo"] = [_line_body(line) for line in order.lines]
    return body


def _line_body(line: OrderLine) -> dict[str, str]:
    return {
        "id": line.id,
        "name": line.name,
        "price": money(line.price),
        "type": line.type,
        "quantity": str(line.quantity),
        "url": line.url,
    }


def refund_body(order: RefundOrder) -> dict[str, str]:
    """Word a refund."""
    return {
        "merchantTradeNo": order.trade_number,
        "refundNo": order.refund_number,
        "refundAmount": money(order.amount),
        "reason": order.reason,
        "paymentType": "QRIS",
    }


# ── What is said to us ─────────────────────────────────────────────────────────────────


def json_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object in which no name stands twice. Raises Nonsense."""
    try:
        said = json.loads(body, object_pairs_hook=_once_each, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Nonsense("no JSON object") from error
    if not isinstance(said, dict):
        raise Nonsense("no JSON object")
    return said


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(said := dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return said


def payment_report(said: Mapping[str, Any]) -> PaymentReport:
    """Read a callback, or the answer to a new order or an inquiry. Raises Nonsense."""
    report = PaymentReport(
        trade_number=_text(said, "merchantTradeNo", at_most=64, needed=True),
        status=_text(said, "status", at_most=2, needed=True),
        amount=_amount(said, "amount"),
        merchant_id=_text(said, "merchantId", at_most=64),
        request_id=_text(said, "requestId", at_most=64),
        platform_trade_no=_text(said, "platformTradeNo", at_most=64),
        fee=_fee(said),
        channel=_channel(said.get("paymentMethodInfo")),
        qr_code=_text(said, "qrCode", at_most=2_000),
        qris_url=_text(said, "qrisUrl", at_most=500),
    )
    return replace(
        report, paid_at=_instant(said, "successTime"), expires_at=_instant(said, "expiredTime")
    )


def refund_report(said: Mapping[str, Any]) -> RefundReport:
    """Read the answer to a refund or an inquiry of one. Raises Nonsense."""
    return RefundReport(
        refund_number=_text(said, "refundNo", at_most=64, needed=True),
        status=_text(said, "status", at_most=2, needed=True),
        amount=_amount(said, "refundAmount"),
        refunded_at=_instant(said, "refundTime"),
    )


def settlement_line(said: Any, *, line: int) -> SettlementLine | UnreadableLine:
    """Read one row of the settlement feed; a row of nonsense leaves the others as they are."""
    try:
        return _settlement_line(said, line)
    except Nonsense as nonsense:
        return UnreadableLine(line=line, detail=str(nonsense))


def _settlement_line(said: Any, line: int) -> SettlementLine:
    if not isinstance(said, dict):
        raise Nonsense("a row is no object")
    settled_at = _instant(said, "settlementTime")
    if settled_at is None:
        raise Nonsense("settlementTime is missing")
    return SettlementLine(
        line=line,
        trade_number=_text(said, "merchantTradeNo", at_most=64, needed=True),
        amount=_amount(said, "amount"),
        fee=_optional_amount(said, "totalTransFee"),
        net=_optional_amount(said, "netAmount"),
        settled_at=settled_at,
    )


def _text(said: Mapping[str, Any], name: str, *, at_most: int, needed: bool = False) -> str:
    value = said.get(name)
    if value is None and not needed:
        return ""
    if (
        not isinstance(value, str)
        or len(value) > at_most
        or "\0" in value
        or not value.isprintable()
    ):
        raise Nonsense(f"{name} is no text of at most {at_most} characters")
    if needed and not value:
        raise Nonsense(f"{name} is empty")
    return value


def _amount(said: Mapping[str, Any], name: str) -> Decimal:
    value = _optional_amount(said, name)
    if value is None:
        raise Nonsense(f"{name} is missing")
    return value


def _optional_amount(said: Mapping[str, Any], name: str) -> Decimal | None:
    value = said.get(name)
    if value is None or value == "":
        return None
    try:
        amount = Decimal(value) if isinstance(value, str | int) else None
    except InvalidOperation:
        amount = None
    if amount is None or isinstance(value, bool) or not amount.is_finite():
        raise Nonsense(f"{name} is no amount")
    if not 0 <= amount < _MOST or amount != amount.quantize(Decimal("0.01")):
        raise Nonsense(f"{name} is no amount")
    return amount.quantize(Decimal("0.01"))


def _fee(said: Mapping[str, Any]) -> Decimal | None:
    total = _optional_amount(said, "totalTransFee")
    return _optional_amount(said, "transFeeAmount") if total is None else total


def _instant(said: Mapping[str, Any], name: str) -> datetime | None:
    text = _text(said, name, at_most=14)
    if not text:
        return None
    try:
        return datetime.strptime(text, _INSTANT).replace(tzinfo=JAKARTA)
    except ValueError as error:
        raise Nonsense(f"{name} is no instant") from error


def worded_instant(instant: datetime) -> str:
    """Word an instant as the gateway does."""
    return instant.astimezone(JAKARTA).strftime(_INSTANT)


def _channel(info: Any) -> str:
    """Return the payer's wallet or bank, as far as it is named."""
    names = ("issuer", "issuerName", "payer", "channel")
    found = [info[name] for name in names if info.get(name)] if isinstance(info, dict) else []
    return found[0][:50] if found and isinstance(found[0], str) and found[0].isprintable() else ""
