"""D4: genuine callbacks of the gateway, each spoilt in one way, a hundred thousand of them."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from proof.arena import Arena
from proof.caller import TIMEOUT_SECONDS, Caller, new_shop, open_shop
from proof.forgeries import Delivery, Keys, forgery, genuine
from proof.report import Report
from transactions.paylabs.keys import private_key

NAME = "webhooks"
GOAL = "a callback that differs from what the gateway signed is never followed; a genuine one counts once"
SIZES = {
    "small": {"deliveries": 1_000, "sales": 24},
    "large": {"deliveries": 100_000, "sales": 240},
}
# No order may run out of time while it is lied about.
ARENA = {"env": {"QRIS_LIFETIME_SECONDS": "14400"}}
HANDS = 4
# One callback is spoilt this often before the next; it stays within its five minutes.
PER_CALLBACK = 250
# Between the forgeries: one genuine delivery after so many of them.
GENUINE_EVERY = 40


def run(arena: Arena, *, seed: int, deliveries: int, sales: int) -> Report:
    begun = time.monotonic()
    report = Report(NAME, GOAL, seed, {"deliveries": deliveries, "sales": sales})
    rng = random.Random(seed)
    gateway = Gateway(arena)
    orders = _open_orders(arena, rng, sales)
    # Half of them are paid in between; the others are only ever lied about.
    paid, victims = orders[::2], orders[1::2]
    tally = Tally()
    started = time.monotonic()
    with ThreadPoolExecutor(HANDS) as pool:
        for hand in range(HANDS):
            share = deliveries // HANDS + (hand < deliveries % HANDS)
            lies = Lies(gateway, victims, random.Random(f"{seed}/{hand}"), share)
            own = paid[hand::HANDS]
            pool.submit(_deliver, arena.address, lies, own, gateway, tally).add_done_callback(
                tally.note_end
            )
    report.figures["deliveries per second"] = round(deliveries / (time.monotonic() - started))
    tally.tell(report)
    _expect_no_effect(arena, victims, paid, report)
    _pay(arena, gateway, victims, tally)
    _expect_every_payment_once(arena, orders, report)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


class Gateway:
    """Writes and signs as the gateway does, with the keys of the arena's simulator."""

    def __init__(self, arena: Arena):
        self.merchant = arena.env["MID"]
        self.keys = Keys(
            gateway=private_key(arena.env["PAYLABS_SIMULATOR_PRIVATE_KEY"]),
            ours=private_key(arena.env["PRIVATE_KEY"]),
            stranger=rsa.generate_private_key(public_exponent=65537, key_size=2048),
        )

    def callback(self, order: "Order", *, status: str = "02") -> Delivery:
        """A callback of this moment."""
        now = datetime.now(UTC)
        fields = {
            "merchantId": self.merchant,
            "requestId": f"{order.number}-{now.timestamp():.6f}",
            "errCode": "0",
            "paymentType": "QRIS",
            "amount": f"{order.amount}.00",
            "createTime": f"{now:%Y%m%d%H%M%S}",
            "successTime": f"{now:%Y%m%d%H%M%S}",
            "merchantTradeNo": order.number,
            "platformTradeNo": f"P{order.number}",
            "status": status,
            "productName": "Kopi susu é ☕",
            "paymentMethodInfo": {"issuer": "DANA"},
            "transFeeRate": "0.007000",
            "transFeeAmount": "0.00",
            "totalTransFee": "70.00",
        }
        return genuine(self.keys, fields, now=now)


@dataclass(frozen=True)
class Order:
    """A QRIS sale that waits to be paid."""

    number: str
    amount: int


@dataclass
class Lies:
    """The forgeries of one hand, in order."""

    gateway: Gateway
    victims: list[Order]
    rng: random.Random
    count: int

    def __iter__(self) -> Iterator[Delivery]:
        for number in range(self.count):
            if number % PER_CALLBACK == 0:
                one, other = (
                    self.gateway.callback(order) for order in self.rng.sample(self.victims, 2)
                )
            yield forgery(self.rng, one, other, self.gateway.keys)


@dataclass
class Tally:
    """What the deliveries were answered."""

    answers: Counter = field(default_factory=Counter)
    families: Counter = field(default_factory=Counter)
    accepted: Counter = field(default_factory=Counter)
    broken: Counter = field(default_factory=Counter)
    genuine: Counter = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, delivery: Delivery, status: int) -> None:
        with self._lock:
            if delivery.family == "genuine":
                self.genuine[status] += 1
                return
            self.answers[status] += 1
            self.families[delivery.family] += 1
            # OPTIONS says which methods there are, and does nothing.
            if 200 <= status < 300 and delivery.method != "OPTIONS":
                self.accepted[delivery.family] += 1
            if status >= 500 or status == 0:
                self.broken[delivery.family] += 1

    def note_end(self, future) -> None:
        if error := future.exception():
            self.errors.append(f"a hand broke: {error!r}")

    def tell(self, report: Report) -> None:
        report.figures |= {
            "forgeries": self.families.total(),
            "kinds": len(self.families),
            "accepted": self.accepted.total(),
            "answers": {str(status): n for status, n in sorted(self.answers.items())},
            "genuine in between": self.genuine.total(),
            "of them acknowledged": self.genuine[200],
        }
        report.expect(not self.accepted, f"forgeries were accepted: {dict(self.accepted)}")
        report.expect(not self.broken, f"answers of 5xx, or none: {dict(self.broken)}")
        others = {status: n for status, n in self.genuine.items() if status != 200}
        report.expect(not others, f"genuine callbacks were answered {others}")
        report.failures += self.errors


def _open_orders(arena: Arena, rng: random.Random, count: int) -> list[Order]:
    caller, orders = Caller(arena.address), []
    open_shop(caller, new_shop(rng))
    for _ in range(count):
        amount = rng.randrange(10_000, 500_000, 500)
        answer = caller.call("POST", "/api/transactions/create", {"type": "QRIS", "amount": amount})
        if answer.status != 201:
            raise RuntimeError(f"no QRIS sale: {answer.status} {answer.body[:300]!r}")
        orders.append(Order(_number(answer.json["data"]), amount))
    caller.close()
    return orders


def _number(data: dict) -> str:
    return data.get("transactionId") or data["transaction"]["transactionId"]


# ── Delivering ─────────────────────────────────────────────────────────────────────────
def _deliver(address: str, lies: Lies, own: list[Order], gateway: Gateway, tally: Tally) -> None:
    door = Door(address)
    for number, lie in enumerate(lies):
        tally.note(lie, door.post(lie))
        if number % GENUINE_EVERY == 0 and own:
            callback = _varied(gateway.callback(own[number // GENUINE_EVERY % len(own)]), lies.rng)
            tally.note(callback, door.post(callback))
    # Short runs do not come to every sale.
    for order in own:
        callback = gateway.callback(order)
        tally.note(callback, door.post(callback))
    door.close()


def _varied(callback: Delivery, rng: random.Random) -> Delivery:
    """A genuine callback with something about it that nobody signed, and that does not matter."""
    more = rng.choice(
        [
            (),
            (("X-PARTNER-ID", "x"),),
            (("X-REQUEST-ID", "1"),),
            (("X-HTTP-Method-Override", "PUT"),),
        ]
    )
    content_type = rng.choice([callback.content_type, "text/plain", "application/xml", ""])
    return replace(callback, more=more, content_type=content_type)


class Door:
    """One connection to the webhook that survives what makes servers hang up."""

    def __init__(self, address: str):
        self.place = urlsplit(address).netloc
        self.connection: http.client.HTTPConnection | None = None

    def post(self, delivery: Delivery) -> int:
        """Return the status of the answer; 0 when the server twice says nothing."""
        for _ in range(2):
            try:
                return self._post(delivery)
            except (OSError, http.client.HTTPException):
                self.close()
        return 0

    def _post(self, delivery: Delivery) -> int:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.place, timeout=TIMEOUT_SECONDS)
        self.connection.putrequest(delivery.method, delivery.path, skip_accept_encoding=True)
        for name, value in delivery.headers():
            self.connection.putheader(name, value)
        self.connection.putheader("Content-Length", str(len(delivery.body)))
        self.connection.endheaders(delivery.body)
        answer = self.connection.getresponse()
        answer.read()
        if answer.will_close:
            self.close()
        return answer.status

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


# ── Effects ────────────────────────────────────────────────────────────────────────────
def _expect_no_effect(arena, victims: list[Order], paid: list[Order], report: Report) -> None:
    with arena.database() as database:
        moved = database.execute(
            "SELECT count(*) FROM transactions_transaction WHERE code = ANY(%s) AND status <>"
            " 'PENDING'",
            [[order.number for order in victims]],
        ).fetchone()[0]
        noted = database.execute("SELECT count(*) FROM transactions_gatewaymismatch").fetchone()[0]
        events = database.execute(
            "SELECT count(*) FROM transactions_paymentevent e JOIN transactions_transaction t"
            " ON t.id = e.transaction_id WHERE t.code = ANY(%s) AND e.kind <> 'CODE_SHOWN'",
            [[order.number for order in victims]],
        ).fetchone()[0]
    report.figures["effects of forgeries"] = moved + noted + events
    report.expect(not moved, f"{moved} sales moved because of a forgery")
    report.expect(not noted + events, f"forgeries left {noted} mismatches and {events} events")
    _expect_totals(arena, paid, report)


def _pay(arena: Arena, gateway: Gateway, victims: list[Order], tally: Tally) -> None:
    """Now genuinely: had the forgeries been refused for another reason, this would fail too."""
    door = Door(arena.address)
    for order in victims:
        for _ in range(2):
            tally.note(callback := gateway.callback(order), door.post(callback))
    door.close()


def _expect_every_payment_once(arena: Arena, orders: list[Order], report: Report) -> None:
    with arena.database() as database:
        found = dict(
            database.execute(
                "SELECT t.code, count(*) FROM transactions_paymentevent e JOIN"
                " transactions_transaction t ON t.id = e.transaction_id WHERE e.kind = 'PAID'"
                " AND t.status = 'SUCCESS' GROUP BY t.code"
            ).fetchall()
        )
    once = sum(found.get(order.number) == 1 for order in orders)
    report.figures["payments counted once"] = once
    report.expect(once == len(orders), f"{len(orders) - once} payments are not counted once")
    _expect_totals(arena, orders, report)


def _expect_totals(arena: Arena, paid: list[Order], report: Report) -> None:
    wanted = sum(order.amount for order in paid)
    with arena.database() as database:
        counted = database.execute(
            "SELECT coalesce(sum(amount), 0) FROM transactions_transaction WHERE code = ANY(%s)"
            " AND status = 'SUCCESS'",
            [[order.number for order in paid]],
        ).fetchone()[0]
    report.expect(counted == wanted, f"{counted} rupiah are paid, not {wanted}")
    result = arena.manage("rebuild_daily_totals", check=False)
    report.expect(result.returncode == 0, f"daily totals: {result.stdout[-300:]}")
