"""
Callbacks: what the gateway tells the merchant, each kept until it is acknowledged.

A callback is written anew for every sending, with the time of that sending, and signed. Its `faults` spoil
the first sendings. One with `after` waits until that other callback has been sent once.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings

from core.dates import JAKARTA
from core.money import from_minor
from deploy.simulators.paylabs import store
from deploy.simulators.paylabs.faults import Faults
from transactions.paylabs.keys import private_key, public_key
from transactions.paylabs.signing import is_signed_by, sign, timestamp_of

WAITING, ACKNOWLEDGED, GIVEN_UP = "WAITING", "ACKNOWLEDGED", "GIVEN_UP"
MAX_SENDINGS, LONGEST_PAUSE = 20, 300
NUMBERS = ("amount", "transFeeRate", "transFeeAmount", "totalTransFee")


# ── Queueing ───────────────────────────────────────────────────────────────────────────
def queue(order, *, status: str, other: str, faults: Faults, now: datetime) -> None:
    """Add the callbacks of one event; `other` is the status of the contradicting one, if wanted."""
    if faults.silent:
        return
    first = None
    if faults.failed == "before":
        first = _add(order, status=other, faults=Faults(delay=faults.delay), now=now)
    request_id = secrets.token_hex(16)
    for _ in range(faults.copies):
        last = _add(order, status, faults=faults, now=now, request_id=request_id, after=first)
    if faults.failed == "after":
        _add(order, status=other, faults=Faults(delay=faults.delay), now=now, after=last)


def _add(order, status: str, *, faults: Faults, now: datetime, request_id="", after=None) -> int:
    return store.insert(
        "callbacks",
        trade_no=order.trade_no,
        url=order.notify_url,
        fields=json.dumps(_fields(order, status, request_id or secrets.token_hex(16))),
        faults=json.dumps(faults.to_json()),
        after=after,
        due_at=now.timestamp() + faults.delay,
    )


def _fields(order, status: str, request_id: str) -> dict:
    fields = {
        "merchantId": settings.MID,
        "requestId": request_id,
        "errCode": "0",
        "paymentType": "QRIS",
        "amount": rupiah(order.amount),
        "createTime": moment(order.created_at),
        "merchantTradeNo": order.trade_no,
        "platformTradeNo": order.platform_trade_no,
        "status": status,
        "productName": order.product_name,
    }
    return fields | payment_fields(order) if status == "02" else fields


def payment_fields(order) -> dict:
    """What the wire says of a payment once it is made; empty before."""
    if not order.is_paid:
        return {}
    return {
        "successTime": moment(order.paid_at),
        "paymentMethodInfo": {"issuer": order.issuer, "rrn": order.platform_trade_no[-12:]},
        "transFeeRate": "0.007000",
        "transFeeAmount": "0.00",
        "totalTransFee": rupiah(order.fee),
    }


def rupiah(minor: int) -> str:
    """
    >>> rupiah(1000000)
    '10000.00'
    """
    return str(from_minor(minor))


def moment(seconds: float) -> str:
    """
    Word an instant as bodies do: Jakarta time, digits only.

    >>> moment(0)
    '19700101070000'
    """
    return f"{datetime.fromtimestamp(seconds, JAKARTA):%Y%m%d%H%M%S}"


# ── Reading ────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Callback:
    """One callback and where it stands."""

    id: int
    trade_no: str
    url: str
    fields: str
    faults: str
    after: int | None
    state: str
    sendings: int
    due_at: float

    @property
    def status(self) -> str:
        return json.loads(self.fields)["status"]

    @property
    def ordered(self) -> Faults:
        """The faults that were asked for."""
        return Faults(**json.loads(self.faults))


def still_due(number: int, *, now: datetime) -> Callback | None:
    """Return one callback if it is to be sent now."""
    sql = "SELECT * FROM callbacks WHERE id = :number AND state = 'WAITING' AND due_at <= :now"
    found = store.row(sql, number=number, now=now.timestamp())
    return Callback(**found) if found else None


def callbacks_of(trade_no: str) -> list[Callback]:
    """Return an order's callbacks in the order in which they were queued."""
    sql = "SELECT * FROM callbacks WHERE trade_no = :trade_no ORDER BY id"
    return [Callback(**found) for found in store.rows(sql, trade_no=trade_no)]


def sendings_of(number: int) -> list[dict]:
    """Return what happened at each sending of a callback, oldest first."""
    sql = "SELECT * FROM sendings WHERE callback = :number ORDER BY id"
    return [dict(found) for found in store.rows(sql, number=number)]


def due(now: datetime) -> list[Callback]:
    """Return what should be sent now."""
    sql = f"SELECT * FROM callbacks AS mine WHERE {_OPEN} AND due_at <= :now ORDER BY id LIMIT 500"
    return [Callback(**found) for found in store.rows(sql, now=now.timestamp())]


def next_due_at() -> float | None:
    """Return when the next callback is due, or None when none waits."""
    return store.row(f"SELECT MIN(due_at) AS due_at FROM callbacks AS mine WHERE {_OPEN}")["due_at"]


_OPEN = """
state = 'WAITING' AND NOT EXISTS (
    SELECT 1 FROM callbacks AS earlier
    WHERE earlier.id = mine.after AND earlier.sendings = 0 AND earlier.state = 'WAITING'
)
"""


def send_again(number: int, *, now: datetime) -> str | None:
    """Make a callback due now, whatever became of it. Return its trade number, None if there is none."""
    with store.writing():
        sql = "UPDATE callbacks SET state = 'WAITING', due_at = :now WHERE id = :number"
        store.change(sql, now=now.timestamp(), number=number)
        found = store.row("SELECT trade_no FROM callbacks WHERE id = :number", number=number)
    return found and found["trade_no"]


# ── Writing and signing ────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Letter:
    """The bytes and headers of one sending."""

    body: bytes
    headers: dict[str, str]


def letter(mine: Callback, *, now: datetime) -> Letter:
    """Write and sign a callback for its next sending, spoilt as its faults say."""
    wanted = mine.ordered
    faults = wanted if mine.sendings < wanted.faulty_sends else Faults()
    fields = json.loads(mine.fields) | faults.lies()
    body = _loosely(fields) if faults.loose else to_bytes(fields)
    signed = to_bytes(dict(sorted(fields.items()))) if faults.reserialised else body
    timestamp = timestamp_of(now - timedelta(days=1) if faults.old_timestamp else now)
    path = urlsplit(mine.url).path or "/"
    headers = signature_headers(
        path=path, body=signed, timestamp=timestamp, request_id=fields["requestId"]
    )
    if faults.bad_signature:
        headers["X-SIGNATURE"] = nonsense()
    if faults.no_signature:
        del headers["X-SIGNATURE"]
    return Letter(body, {"Content-Type": "application/json;charset=utf-8", **headers})


def signature_headers(*, path: str, body: bytes, timestamp: str, request_id: str) -> dict[str, str]:
    """The four headers that Paylabs puts on everything it says."""
    key = private_key(settings.PRIVATE_KEY)
    return {
        "X-TIMESTAMP": timestamp,
        "X-SIGNATURE": sign(key=key, path=path, body=body, timestamp=timestamp),
        "X-PARTNER-ID": settings.MID,
        "X-REQUEST-ID": request_id,
    }


def nonsense() -> str:
    """A signature of the right length that nobody made."""
    return base64.b64encode(secrets.token_bytes(256)).decode()


def to_bytes(fields: dict) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _loosely(fields: dict) -> bytes:
    """
    >>> _loosely({"amount": "10000.00"})
    b'{ "amount" : 10000.00 }'
    """
    words = (
        f'"{name}" : {value if name in NUMBERS else json.dumps(value, ensure_ascii=False)}'
        for name, value in fields.items()
    )
    return f"{{ {', '.join(words)} }}".encode()


# ── What came of a sending ─────────────────────────────────────────────────────────────
def fault_of_answer(*, path: str, status: int, headers, body: bytes) -> str:
    """Say why an answer is no acknowledgement; empty when it is one."""
    if status != 200:
        return f"HTTP {status}"
    try:
        accepted = json.loads(body).get("errCode") == "0"
    except (ValueError, AttributeError):
        return "not a JSON object"
    if not accepted:
        return "errCode is not 0"
    fits = is_signed_by(
        key=public_key(settings.MERCHANT_KEY),
        path=path,
        body=body,
        timestamp=headers.get("X-TIMESTAMP", ""),
        signature=headers.get("X-SIGNATURE", ""),
    )
    return "" if fits else "the answer's signature is wrong"


def keep(mine: Callback, *, problem: str, **facts) -> None:
    """Write a sending down and decide whether another follows."""
    sendings = mine.sendings + 1
    state = ACKNOWLEDGED if not problem else WAITING
    if problem and (not mine.ordered.retry or sendings >= MAX_SENDINGS):
        state = GIVEN_UP
    pause = min(LONGEST_PAUSE, settings.RETRY_SECONDS * 2 ** (sendings - 1))
    with store.writing():
        sql = (
            "UPDATE callbacks SET sendings = :sendings, state = :state, due_at = :due_at"
            " WHERE id = :number"
        )
        due_at = datetime.now(UTC).timestamp() + pause
        # Everything may have been forgotten while this callback was on its way.
        if store.change(sql, sendings=sendings, state=state, due_at=due_at, number=mine.id):
            store.insert("sendings", callback=mine.id, problem=problem, **facts)
