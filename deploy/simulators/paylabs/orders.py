"""
Orders at the gateway and what may happen to them.

Pending turns paid or failed; a payer who scanned in time may still pay an order that has expired, was
cancelled or failed. Paid is final, refunds never exceed what was paid. Refusals carry the wire's codes.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.conf import settings

from core.dates import JAKARTA, business_day
from core.money import from_minor, round_half_up
from deploy.simulators.paylabs import callbacks, emv, store
from deploy.simulators.paylabs.faults import Faults

PENDING, PAID, FAILED = "01", "02", "09"
ISSUERS = ("GoPay", "OVO", "DANA", "ShopeePay", "BCA")
FEE_RATE = Decimal("0.007")
SETTLES_AT = time(10, 0)
ROWS_PER_PAGE = 500


class Refusal(Exception):
    """What the gateway does not do, with its errCode."""

    def __init__(self, code: str, text: str):
        super().__init__(text)
        self.code, self.text = code, text


# ── Orders ─────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Order:
    """One order, with the refunds that count against it."""

    trade_no: str
    platform_trade_no: str
    amount: int
    product_name: str
    notify_url: str
    qr_code: str
    created_at: float
    expires_at: float
    status: str
    fee: int | None
    issuer: str | None
    paid_at: float | None
    settles_at: float | None
    distortion: str
    refunded: int

    def status_at(self, now: datetime) -> str:
        """The wire's status; an order past its time reads as failed."""
        return FAILED if self.has_expired(now) else self.status

    def has_expired(self, now: datetime) -> bool:
        return self.status == PENDING and now.timestamp() >= self.expires_at

    @property
    def is_paid(self) -> bool:
        return self.status == PAID

    @property
    def net(self) -> int:
        return self.amount - self.fee

    @property
    def pay_url(self) -> str:
        return f"{settings.URL}/pay/{self.trade_no}"


ORDERS = """
SELECT orders.*, (
    SELECT COALESCE(SUM(refunds.amount), 0) FROM refunds
    WHERE refunds.trade_no = orders.trade_no AND NOT rejected
) AS refunded
FROM orders
"""


def order(trade_no: str) -> Order:
    """Return one order. Raises Refusal."""
    found = store.row(f"{ORDERS} WHERE trade_no = :trade_no", trade_no=trade_no)
    if found is None:
        raise Refusal("OrderNotFound", "There is no order of this merchantTradeNo.")
    return Order(**found)


def newest(limit: int = 50) -> list[Order]:
    """Return the newest orders first."""
    sql = f"{ORDERS} ORDER BY created_at DESC, trade_no LIMIT :limit"
    return [Order(**found) for found in store.rows(sql, limit=limit)]


def create(
    *, trade_no: str, amount: int, product_name: str, notify_url: str, seconds: int, now: datetime
) -> Order:
    """Open an order. Raises Refusal for a trade number that was used before."""
    platform_trade_no = f"{now.astimezone(JAKARTA):%Y%m%d%H%M%S}{secrets.randbelow(10**8):08}"
    with store.writing():
        if store.row("SELECT 1 FROM orders WHERE trade_no = :trade_no", trade_no=trade_no):
            raise Refusal("Conflict", "This merchantTradeNo was used before.")
        store.insert(
            "orders",
            trade_no=trade_no,
            platform_trade_no=platform_trade_no,
            amount=amount,
            product_name=product_name,
            notify_url=notify_url,
            qr_code=emv.qris(
                merchant="SAKSAMA",
                city="JAKARTA",
                amount=from_minor(amount),
                reference=platform_trade_no,
            ),
            created_at=now.timestamp(),
            expires_at=now.timestamp() + seconds,
        )
    return order(trade_no)


def pay(*, trade_no: str, issuer: str, faults: Faults, now: datetime) -> Order:
    """Pay once, and queue the callbacks. Raises Refusal when somebody was first."""
    with store.writing():
        if order(trade_no).is_paid:
            raise Refusal("OrderPaid", "This order is paid.")
        store.change(
            "UPDATE orders SET status = :paid, issuer = :issuer, fee = :fee, paid_at = :now,"
            " settles_at = :settles_at WHERE trade_no = :trade_no",
            paid=PAID,
            issuer=issuer,
            fee=fee(order(trade_no).amount),
            now=now.timestamp(),
            settles_at=settlement_of(now).timestamp(),
            trade_no=trade_no,
        )
        paid = order(trade_no)
        _queue(paid, status=PAID, faults=faults, now=now)
    return paid


def fail(*, trade_no: str, faults: Faults, now: datetime) -> Order:
    """Let the payment fail, and queue the callbacks. Raises Refusal unless it is pending."""
    with store.writing():
        if (current := order(trade_no)).status_at(now) != PENDING:
            raise Refusal("OrderPaid" if current.is_paid else "OrderClosed", "It is not pending.")
        _close(trade_no)
        _queue(order(trade_no), status=FAILED, faults=faults, now=now)
    return order(trade_no)


def cancel(*, trade_no: str) -> Order:
    """Close an unpaid order without a callback; one that is closed stays so. Raises Refusal."""
    with store.writing():
        if order(trade_no).is_paid:
            raise Refusal("OrderPaid", "A paid order cannot be cancelled.")
        _close(trade_no)
    return order(trade_no)


def announce(*, trade_no: str, status: str, faults: Faults, now: datetime) -> None:
    """Queue callbacks of any status, whatever the order is: a gateway that contradicts itself."""
    with store.writing():
        _queue(order(trade_no), status=status, faults=faults, now=now)


def _close(trade_no: str) -> None:
    sql = "UPDATE orders SET status = :failed WHERE trade_no = :trade_no"
    store.change(sql, failed=FAILED, trade_no=trade_no)


def _queue(current: Order, *, status: str, faults: Faults, now: datetime) -> None:
    callbacks.queue(current, status=status, other=FAILED, faults=faults, now=now)


def fee(amount: int) -> int:
    """
    Return the merchant's fee in sen: 0.7 %, halves up.

    >>> fee(10_000_00), fee(500), fee(71)
    (7000, 4, 0)
    """
    return int(round_half_up(amount * FEE_RATE))


# ── Refunds ────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Refund:
    """One refund: in work until `done_at`, unless it was rejected."""

    refund_no: str
    trade_no: str
    amount: int
    reason: str
    platform_refund_no: str
    rejected: int
    asked_at: float
    done_at: float

    def status_at(self, now: datetime) -> str:
        if self.rejected:
            return FAILED
        return PAID if now.timestamp() >= self.done_at else PENDING


def refund_of(*, trade_no: str, refund_no: str) -> Refund:
    """Return one refund of an order. Raises Refusal."""
    sql = "SELECT * FROM refunds WHERE refund_no = :refund_no AND trade_no = :trade_no"
    found = store.row(sql, refund_no=refund_no, trade_no=trade_no)
    if found is None:
        raise Refusal("RefundNotFound", "There is no refund of this refundNo.")
    return Refund(**found)


def refunds_of(trade_no: str) -> list[Refund]:
    """Return the refunds of an order, oldest first."""
    sql = "SELECT * FROM refunds WHERE trade_no = :trade_no ORDER BY asked_at, refund_no"
    return [Refund(**found) for found in store.rows(sql, trade_no=trade_no)]


def refund(
    *,
    trade_no: str,
    refund_no: str,
    amount: int,
    reason: str,
    now: datetime,
    work_seconds: float = 0,
    rejected: bool = False,
) -> Refund:
    """
    Give money back. The same number again is the same refund.

    Raises Refusal: unpaid, more than paid, or a number that stands for another refund.
    """
    with store.writing():
        paid = order(trade_no)
        sql = "SELECT * FROM refunds WHERE refund_no = :refund_no"
        if known := store.row(sql, refund_no=refund_no):
            if (known["trade_no"], known["amount"]) != (trade_no, amount):
                raise Refusal("Conflict", "This refundNo stands for another refund.")
            return Refund(**known)
        if not paid.is_paid:
            raise Refusal("NotPaid", "Nothing was paid that could be refunded.")
        if paid.refunded + amount > paid.amount:
            raise Refusal("RefundExceedsPaid", "Refunds would exceed what was paid.")
        store.insert(
            "refunds",
            refund_no=refund_no,
            trade_no=trade_no,
            amount=amount,
            reason=reason,
            platform_refund_no=f"R{now.astimezone(JAKARTA):%Y%m%d%H%M%S}{secrets.randbelow(10**8):08}",
            rejected=int(rejected),
            asked_at=now.timestamp(),
            done_at=now.timestamp() + work_seconds,
        )
    return refund_of(trade_no=trade_no, refund_no=refund_no)


# ── Settlement ─────────────────────────────────────────────────────────────────────────
def settlement_of(paid_at: datetime) -> datetime:
    """Return when a payment reaches the merchant's bank: 10.00 in Jakarta, n days after its own."""
    day = business_day(paid_at) + timedelta(days=settings.SETTLEMENT_DAYS)
    return datetime.combine(day, SETTLES_AT, JAKARTA)


def settled_on(day, *, page: int, now: datetime) -> tuple[list[Order], int]:
    """Return a page of what was settled on a Jakarta day, and how many pages there are (at least 1)."""
    start = datetime.combine(day, time.min, JAKARTA).timestamp()
    within = "WHERE settles_at >= :start AND settles_at < :end AND settles_at <= :now"
    values = {"start": start, "end": start + 86400, "now": now.timestamp()}
    total = store.row(f"SELECT COUNT(*) AS n FROM orders {within}", **values)["n"]
    # Who is settled meanwhile comes at the end, so that no row moves to another page.
    sql = f"{ORDERS} {within} ORDER BY settles_at, trade_no LIMIT :limit OFFSET :offset"
    found = store.rows(sql, **values, limit=ROWS_PER_PAGE, offset=(page - 1) * ROWS_PER_PAGE)
    return [Order(**each) for each in found], max(1, -(-total // ROWS_PER_PAGE))


def unsettled(now: datetime) -> list[Order]:
    """Return paid orders whose money is still with the gateway, the next due first."""
    sql = f"{ORDERS} WHERE settles_at > :now ORDER BY settles_at, trade_no"
    return [Order(**found) for found in store.rows(sql, now=now.timestamp())]


def settled(*, now: datetime, limit: int = 50) -> list[Order]:
    """Return what was settled last."""
    sql = f"{ORDERS} WHERE settles_at <= :now ORDER BY settles_at DESC, trade_no LIMIT :limit"
    return [Order(**found) for found in store.rows(sql, now=now.timestamp(), limit=limit)]


def settle_now(now: datetime) -> int:
    """Settle everything paid until now, and return how many orders that were."""
    return store.change(
        "UPDATE orders SET settles_at = :now WHERE settles_at > :now", now=now.timestamp()
    )


def distort(*, trade_no: str, changes: dict) -> None:
    """
    Make an order's settlement row untrue: `missing`, `twice`, or any of its fields by name.

    Raises Refusal.
    """
    order(trade_no)
    sql = "UPDATE orders SET distortion = :changes WHERE trade_no = :trade_no"
    store.change(sql, changes=json.dumps(changes), trade_no=trade_no)
