"""
What the product calls. Refusals, a wrong signature among them, are HTTP 200 with their errCode.

A call must be signed by the merchant over these very bytes, at most five minutes ago, with X-PARTNER-ID
and merchantId being the MID and X-REQUEST-ID the body's requestId; otherwise errCode is SignatureError.
Every answer is signed over its own bytes and the path of the call.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.money import to_minor
from deploy.simulators.paylabs import behaviours, callbacks, orders
from deploy.simulators.paylabs.behaviours import Behaviour
from deploy.simulators.paylabs.callbacks import moment, rupiah
from deploy.simulators.paylabs.orders import Order, Refund, Refusal
from transactions.paylabs.keys import public_key
from transactions.paylabs.signing import instant_of, is_signed_by, timestamp_of

OLDEST = timedelta(minutes=5)
AMOUNT = re.compile(r"(?!0+\.00$)\d{1,10}\.\d{2}")
TRADE_NO = re.compile(r"[A-Za-z0-9_-]+")
# What Bank Indonesia allows for one QRIS payment.
MOST = Decimal(10_000_000)
LIFETIME_SECONDS, LONGEST_LIFETIME_SECONDS = 300, 7 * 86400


@csrf_exempt
@require_POST
def call(request, kind: str):
    """Answer one call of the wire, as well or badly as was ordered."""
    behaviour = behaviours.take(kind)
    if behaviour.mode == "refuse":
        answer = _refusal(Refusal("SystemBusy", "The gateway refuses, as it was told to."))
    elif (instead := behaviours.before(behaviour, request)) is not None:
        return instead
    else:
        answer = _work(request, kind, behaviour)
    answer = {
        "merchantId": settings.MID,
        "requestId": request.headers.get("X-REQUEST-ID", ""),
        **answer,
    }
    return behaviours.after(behaviour, request, _signed(request.path, answer, behaviour))


def _work(request, kind: str, behaviour: Behaviour) -> dict:
    now = datetime.now(UTC)
    try:
        body = _verified(request, now=now)
        return {"errCode": "0", "errCodeDes": "Success", **CALLS[kind](body, behaviour, now)}
    except Refusal as refusal:
        return _refusal(refusal)


def _refusal(refusal: Refusal) -> dict:
    return {"errCode": refusal.code, "errCodeDes": refusal.text}


def _signed(path: str, answer: dict, behaviour: Behaviour) -> HttpResponse:
    body = callbacks.to_bytes(answer)
    headers = callbacks.signature_headers(
        path=path,
        body=body,
        timestamp=timestamp_of(datetime.now(UTC)),
        request_id=answer["requestId"],
    )
    if behaviour.mode == "badly_signed":
        headers["X-SIGNATURE"] = callbacks.nonsense()
    return HttpResponse(body, content_type="application/json;charset=utf-8", headers=headers)


# ── Who calls ──────────────────────────────────────────────────────────────────────────
def _verified(request, *, now: datetime) -> dict:
    """Return the body of a call that the merchant signed. Raises Refusal."""
    timestamp = request.headers.get("X-TIMESTAMP", "")
    sent_at = instant_of(timestamp)
    if sent_at is None or abs(now - sent_at) > OLDEST:
        raise Refusal("SignatureError", "X-TIMESTAMP is not within five minutes.")
    if not is_signed_by(
        key=public_key(settings.MERCHANT_KEY),
        path=request.path,
        body=request.body,
        timestamp=timestamp,
        signature=request.headers.get("X-SIGNATURE", ""),
    ):
        raise Refusal("SignatureError", "X-SIGNATURE does not fit path, body and X-TIMESTAMP.")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal("InvalidParameter", "The body is not a JSON object.")
    _require_identity(request.headers, body)
    return body


def _require_identity(headers, body: dict) -> None:
    if not headers.get("X-PARTNER-ID") == body.get("merchantId") == settings.MID:
        raise Refusal("SignatureError", "X-PARTNER-ID and merchantId must be the MID.")
    if not body.get("requestId") or headers.get("X-REQUEST-ID") != body["requestId"]:
        raise Refusal("SignatureError", "X-REQUEST-ID must be the body's requestId.")


# ── Orders ─────────────────────────────────────────────────────────────────────────────
def _create(body: dict, _behaviour: Behaviour, now: datetime) -> dict:
    if body.get("paymentType") != "QRIS":
        raise Refusal("InvalidParameter", "paymentType must be QRIS.")
    created = orders.create(
        trade_no=_new_trade_no(body),
        amount=_amount(body, "amount"),
        product_name=_text(body, "productName", 100),
        notify_url=_address(body),
        seconds=_lifetime(body),
        now=now,
    )
    return _order(created, now)


def _query(body: dict, _behaviour: Behaviour, now: datetime) -> dict:
    return _order(orders.order(_text(body, "merchantTradeNo", 32)), now)


def _cancel(body: dict, _behaviour: Behaviour, now: datetime) -> dict:
    return _order(orders.cancel(trade_no=_text(body, "merchantTradeNo", 32)), now)


def _order(order: Order, now: datetime) -> dict:
    return {
        "paymentType": "QRIS",
        "merchantTradeNo": order.trade_no,
        "platformTradeNo": order.platform_trade_no,
        "amount": rupiah(order.amount),
        "productName": order.product_name,
        "status": order.status_at(now),
        "qrCode": order.qr_code,
        "qrisUrl": order.pay_url,
        "createTime": moment(order.created_at),
        "expiredTime": moment(order.expires_at),
        **callbacks.payment_fields(order),
    }


# ── Refunds ────────────────────────────────────────────────────────────────────────────
def _refund(body: dict, behaviour: Behaviour, now: datetime) -> dict:
    made = orders.refund(
        trade_no=_text(body, "merchantTradeNo", 32),
        refund_no=_text(body, "refundNo", 32),
        amount=_amount(body, "refundAmount"),
        reason=_text(body, "reason", 200),
        now=now,
        work_seconds=behaviour.seconds if behaviour.mode == "in_work" else 0,
        rejected=behaviour.mode == "reject",
    )
    return _refund_fields(made, now)


def _refund_query(body: dict, _behaviour: Behaviour, now: datetime) -> dict:
    found = orders.refund_of(
        trade_no=_text(body, "merchantTradeNo", 32), refund_no=_text(body, "refundNo", 32)
    )
    return _refund_fields(found, now)


def _refund_fields(refund: Refund, now: datetime) -> dict:
    return {
        "paymentType": "QRIS",
        "merchantTradeNo": refund.trade_no,
        "refundNo": refund.refund_no,
        "refundAmount": rupiah(refund.amount),
        "platformRefundNo": refund.platform_refund_no,
        "status": refund.status_at(now),
        "refundTime": moment(refund.done_at),
    }


# ── Settlement ─────────────────────────────────────────────────────────────────────────
def _settlement(body: dict, _behaviour: Behaviour, now: datetime) -> dict:
    date, page = _text(body, "settlementDate", 8), body.get("page", 1)
    try:
        day = datetime.strptime(date, "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        raise Refusal("InvalidParameter", "settlementDate must be YYYYMMDD.") from None
    if type(page) is not int or page < 1:
        raise Refusal("InvalidParameter", "page must be a number from 1.")
    settled, pages = orders.settled_on(day, page=page, now=now)
    rows = [row for order in settled for row in _settlement_rows(order)]
    return {"settlementDate": date, "page": page, "pages": pages, "rows": rows}


def _settlement_rows(order: Order) -> list[dict]:
    row = {
        "merchantTradeNo": order.trade_no,
        "platformTradeNo": order.platform_trade_no,
        "amount": rupiah(order.amount),
        "totalTransFee": rupiah(order.fee),
        "netAmount": rupiah(order.net),
        "successTime": moment(order.paid_at),
        "settlementTime": moment(order.settles_at),
    }
    changes = json.loads(order.distortion)
    if changes.pop("missing", False):
        return []
    copies = 2 if changes.pop("twice", False) else 1
    return [row | changes] * copies


CALLS = {
    "create": _create,
    "query": _query,
    "cancel": _cancel,
    "refund": _refund,
    "refund_query": _refund_query,
    "settlement": _settlement,
}


# ── Fields ─────────────────────────────────────────────────────────────────────────────
def _text(body: dict, name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Refusal("InvalidParameter", f"{name} must be a text of 1 to {longest} characters.")
    return value


def _new_trade_no(body: dict) -> str:
    # It becomes part of addresses.
    value = _text(body, "merchantTradeNo", 32)
    if not TRADE_NO.fullmatch(value):
        raise Refusal("InvalidParameter", "merchantTradeNo may have letters, digits, - and _.")
    return value


def _amount(body: dict, name: str) -> int:
    """Read an amount into sen: a text with exactly two decimals."""
    value = body.get(name)
    if not isinstance(value, str) or not AMOUNT.fullmatch(value) or Decimal(value) > MOST:
        raise Refusal(
            "InvalidAmount", f"{name} must be a text like 10000.00, above 0 and at most {MOST}.00."
        )
    return to_minor(Decimal(value))


def _lifetime(body: dict) -> int:
    seconds = body.get("expire", LIFETIME_SECONDS)
    if type(seconds) is not int or not 0 < seconds <= LONGEST_LIFETIME_SECONDS:
        raise Refusal("InvalidParameter", "expire must be a number of seconds, at most a week.")
    return seconds


def _address(body: dict) -> str:
    address = _text(body, "notifyUrl", 500)
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal("InvalidParameter", "notifyUrl must be an http address.")
    return address
