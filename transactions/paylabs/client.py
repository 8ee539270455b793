"""
Our side of the conversation with the gateway: every call signed, bounded in time, its answer checked.

A call either returns what the gateway said, or raises: GatewayRefused when it said no,
GatewayUnavailable when nobody can tell whether it did anything.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import httpcore
import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import InvalidInput, Unavailable
from transactions.domain.settlements import SettlementLine, UnreadableLine
from transactions.paylabs import http
from transactions.paylabs.keys import InvalidKey, private_key, public_key
from transactions.paylabs.messages import (
    NO_REFUND,
    OK,
    NewOrder,
    Nonsense,
    PaymentReport,
    RefundOrder,
    RefundReport,
    json_object,
    order_body,
    payment_report,
    refund_body,
    refund_report,
    settlement_line,
)
from transactions.paylabs.signing import is_signed_by, sign, timestamp_of

log = structlog.get_logger("saksama.paylabs")

QRIS = "/payment/v2.3/qris"
SETTLEMENT = "/payment/v2.3/settlement/query"
# Millions of sales a day; a feed that claims more never ends.
MOST_PAGES = 10_000


class GatewayNotConfigured(Unavailable):
    code = "gateway_not_configured"


class GatewayUnavailable(Unavailable):
    """Away, slow or incomprehensible: what was asked may or may not have happened."""

    code = "gateway_unavailable"


class GatewayRefused(InvalidInput):
    """The gateway said no; `err_code` is its word for why."""

    code = "gateway_refused"

    def __init__(self, message: str, *, err_code: str = ""):
        self.err_code = err_code
        super().__init__(message)


def require_gateway() -> None:
    """Raise GatewayNotConfigured unless this copy may speak with the gateway."""
    _own_key()
    _their_key()


def create_order(order: NewOrder) -> PaymentReport:
    """
    Ask for a QR code. The same trade number never makes a second order.

    Raises GatewayRefused (CONFLICT: the number is known already), GatewayUnavailable.
    """
    body = order_body(order, notify_url=settings.PAYLABS_NOTIFY_URL)
    created = _understood(payment_report, _ask(f"{QRIS}/create", body))
    if (created.trade_number, created.amount) != (order.trade_number, order.amount):
        raise _incomprehensible("another order")
    if not created.qr_code:
        raise _incomprehensible("no code")
    return created


def query_order(*, trade_number: str) -> PaymentReport:
    """Ask how a payment stands. Raises GatewayRefused (NOT_FOUND), GatewayUnavailable."""
    said = _ask(f"{QRIS}/query", {"merchantTradeNo": trade_number, "paymentType": "QRIS"})
    report = _understood(payment_report, said)
    if report.trade_number != trade_number:
        raise _incomprehensible("another order")
    return report


def refund(order: RefundOrder) -> RefundReport:
    """
    Ask the gateway to give money back. The same refund number never pays twice.

    Raises GatewayRefused, GatewayUnavailable.
    """
    try:
        said = _ask(f"{QRIS}/refund", refund_body(order))
    except GatewayRefused as refusal:
        return _earlier_refund(order, refusal)
    return _the_refund(order, said)


def _the_refund(order: RefundOrder, said: Mapping[str, Any]) -> RefundReport:
    report = _understood(refund_report, said)
    if (report.refund_number, report.amount) != (order.refund_number, order.amount):
        raise _incomprehensible("another refund")
    return report


def query_refund(order: RefundOrder) -> RefundReport:
    """Ask how a refund stands. Raises GatewayRefused (NO_REFUND), GatewayUnavailable."""
    return _the_refund(order, _ask(f"{QRIS}/refund/query", refund_body(order)))


def _earlier_refund(order: RefundOrder, refusal: GatewayRefused) -> RefundReport:
    """
    Return what became of an earlier call, which may have got through although its answer was lost.

    Raises `refusal` when the gateway knows of none, GatewayUnavailable while it does not tell.
    """
    try:
        return query_refund(order)
    except GatewayRefused as unknown:
        if unknown.err_code == NO_REFUND:
            raise refusal from None
        raise GatewayUnavailable(unknown.message, retry_after=5) from unknown


def settlement(*, day: date) -> Iterator[SettlementLine | UnreadableLine]:
    """
    Yield what the gateway paid out on `day`, page by page.

    Raises GatewayRefused, GatewayUnavailable, also in the middle.
    """
    line, page, pages = 0, 1, 1
    while page <= pages:
        rows, pages = _settlement_page(day, page)
        for row in rows:
            line += 1
            yield settlement_line(row, line=line)
        page += 1


def _settlement_page(day: date, page: int) -> tuple[list, int]:
    """Return the rows of a page, and how many pages there are."""
    said = _ask(SETTLEMENT, {"settlementDate": f"{day:%Y%m%d}", "page": page})
    rows, pages = said.get("rows"), said.get("pages")
    if not isinstance(rows, list) or type(pages) is not int or pages > MOST_PAGES:
        raise _incomprehensible("no rows")
    if page > 1 and not rows:
        raise _incomprehensible("an empty page")
    return rows, pages


def answer_signature(*, path: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers under which `body` answers a callback that came to `path`."""
    timestamp = timestamp_of(now)
    signature = sign(key=_own_key(), path=path, body=body, timestamp=timestamp)
    return {
        "X-TIMESTAMP": timestamp,
        "X-SIGNATURE": signature,
        "X-PARTNER-ID": settings.PAYLABS_MID,
    }


def is_from_gateway(*, path: str, body: bytes, timestamp: str, signature: str) -> bool:
    """Say whether the gateway signed `body` for `path`. Raises GatewayNotConfigured."""
    return is_signed_by(
        key=_their_key(), path=path, body=body, timestamp=timestamp, signature=signature
    )


# ── One exchange ───────────────────────────────────────────────────────────────────────


def _ask(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Post a signed body and return the answer, once it is known to be a yes."""
    said = {"merchantId": settings.PAYLABS_MID, "requestId": uuid.uuid4().hex, **body}
    content = json.dumps(said, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json;charset=utf-8",
        **answer_signature(path=path, body=content, now=timezone.now()),
        "X-REQUEST-ID": said["requestId"],
    }
    answer = _answer_to(path, content, headers)
    if answer.get("errCode") == OK:
        return answer
    # What it says is shown to the shop, so it had better be short and plain.
    words = str(answer.get("errCodeDes") or answer.get("errMsg") or answer.get("errCode") or "")
    words = "".join(letter for letter in words if letter.isprintable())[:150]
    if not words:
        raise _incomprehensible("neither yes nor no")
    log.warning("gateway_refused", path=path, err_code=str(answer.get("errCode"))[:64])
    raise GatewayRefused(
        _("Paylabs Error: %(words)s") % {"words": words}, err_code=str(answer.get("errCode"))
    )


def _answer_to(path: str, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
    try:
        status, body, named = http.post(settings.PAYLABS_URL + path, body=content, headers=headers)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        log.warning("gateway_away", path=path, error=type(error).__name__)
        raise GatewayUnavailable(
            _("The payment gateway does not answer. Please try again shortly."), retry_after=5
        ) from error
    if status >= 500:
        raise _incomprehensible(f"status {status}")
    _check_signature(path, body, named)
    return _understood(json_object, body)


def _check_signature(path: str, body: bytes, headers: Mapping[str, str]) -> None:
    # TLS vouches for the answer; where the gateway also signs it, the signature has to be right.
    signature = headers.get("x-signature")
    if signature and not is_from_gateway(
        path=path, body=body, timestamp=headers.get("x-timestamp", ""), signature=signature
    ):
        raise _incomprehensible("badly signed")


def _understood(read, said):
    try:
        return read(said)
    except Nonsense as error:
        raise _incomprehensible(str(error)) from error


def _incomprehensible(why: str) -> GatewayUnavailable:
    log.error("gateway_talks_nonsense", why=why)
    return GatewayUnavailable(
        _(
            "The payment gateway gave an answer that cannot be understood. Please try again shortly."
        ),
        retry_after=5,
    )


def _own_key():
    return _key(private_key, settings.PAYLABS_PRIVATE_KEY)


def _their_key():
    return _key(public_key, settings.PAYLABS_PUBLIC_KEY)


def _key(read, text: str):
    try:
        if settings.PAYLABS_MID and text:
            return read(text)
    except InvalidKey:
        log.exception("gateway_key_unreadable")
    raise GatewayNotConfigured(_("QRIS payments are not set up on this server."))
