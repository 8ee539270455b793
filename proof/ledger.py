"""
What was asked and what was acknowledged, written down by those who asked: the truth to recount against.

Work is a generator of calls to make, which is sent the answer of each, or None when it never came. A
call is repeated with the same key until its answer is clear; `recount` looks for what became of it.
"""

import random
import secrets
import threading
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

from proof.caller import BROKEN, Answer, Shop, new_shop

IN_PROGRESS, UNAVAILABLE, UNKNOWN_TOKEN = 409, 503, 401
# Passwords are checked by two at once; a third is asked to come again.
TOO_MANY = 429
# A 409 says that the broken call may still be at work, the next two that it was not done.
UNCLEAR = (BROKEN, IN_PROGRESS, UNAVAILABLE, TOO_MANY)

# These shares of sales are given back, and of codes are never paid.
REFUNDED, UNPAID = 0.15, 0.1
# How a payment is told of: once, often, with a "failed" around it, first with a forged signature.
CALLBACKS = [{}, {"copies": 5}, {"failed": "before"}, {"failed": "after"}, {"bad_signature": True}]


@dataclass(frozen=True)
class Asked:
    """One call that shall have its effect once. `marker` is found in the row that it makes."""

    kind: str
    shop: Shop
    path: str
    body: dict
    marker: str
    amount: int = 0
    # The marker of the sale that this call is about.
    sale: str = ""
    # Asked of the gateway's simulator, as the payer does, and not of the product.
    at_gateway: bool = False

    @property
    def key(self) -> str:
        return self.marker

    @property
    def clear(self) -> tuple[int, ...]:
        """The answers after which nothing is left to ask: an order is paid once, then 409."""
        return (200, 409) if self.at_gateway else (200, 201)


Work = Generator[Asked, Answer | None, None]


# ── Kinds of work ──────────────────────────────────────────────────────────────────────
def registration(shop: Shop) -> Asked:
    body = shop.registration()
    return Asked("registration", shop, "/api/auth/register", body, marker=shop.email)


def cash_sale(rng: random.Random, shop: Shop) -> Asked:
    return _sale("cash sale", "CASH", rng, shop)


def qris_sale(rng: random.Random, shop: Shop) -> Asked:
    return _sale("qris sale", "QRIS", rng, shop)


def _sale(kind: str, method: str, rng: random.Random, shop: Shop) -> Asked:
    price, quantity = rng.randrange(1_000, 90_000, 500), rng.randint(1, 4)
    line = {"id": "kopi", "name": "Kopi susu", "quantity": quantity, "price": price}
    marker = _marker(rng)
    body = {
        "type": method,
        "amount": price * quantity,
        "description": marker,
        "productName": "Kopi susu",
        "productInfo": [line],
    }
    return Asked(kind, shop, "/api/transactions/create", body, marker, price * quantity)


def payment(rng: random.Random, sale: Asked, code: str) -> Asked:
    """The payer scans the code: from here on the gateway owes us a callback."""
    path, marker = f"/control/orders/{code}/pay", f"{sale.marker}-paid"
    body = rng.choice(CALLBACKS)
    return Asked("payment", sale.shop, path, body, marker, sale.amount, sale.marker, True)


def refund(rng: random.Random, sale: Asked, code: str) -> Asked:
    amount = sale.amount if rng.random() < 0.3 else rng.randrange(500, sale.amount, 500)
    path, marker = f"/api/transactions/{code}/refund", _marker(rng)
    body = {"amount": amount, "reason": marker}
    return Asked("refund", sale.shop, path, body, marker, amount, sale.marker)


def _marker(rng: random.Random) -> str:
    # The same seed makes the same choices, but not the same sale.
    return f"proof-{rng.getrandbits(60):x}-{secrets.token_hex(8)}"


def trade(rng: random.Random, *, sales_each: int, with_gateway: bool) -> Work:
    """Without end: a new merchant, its sales, payments and refunds, then the next merchant."""
    kinds = [cash_sale, cash_sale, qris_sale] if with_gateway else [cash_sale]
    while True:
        shop = new_shop(rng)
        yield registration(shop)
        for _ in range(sales_each):
            yield from _trade_once(rng, rng.choice(kinds)(rng, shop))


def _trade_once(rng: random.Random, sale: Asked) -> Work:
    answer = yield sale
    if answer is None:
        return
    code = answer.json["data"]["transactionId"]
    if sale.kind == "qris sale":
        if rng.random() < UNPAID:
            return
        yield payment(rng, sale, code)
    if rng.random() < REFUNDED:
        yield refund(rng, sale, code)


# ── The book ───────────────────────────────────────────────────────────────────────────
@dataclass
class Ledger:
    """Written by many threads."""

    asked: dict[str, Asked] = field(default_factory=dict)
    acknowledged: dict[str, Answer] = field(default_factory=dict)
    answers: Counter = field(default_factory=Counter)
    repeats: int = 0
    # Acknowledged by the stored answer of a call whose own answer was lost on its way.
    recalled: int = 0
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, asked: Asked) -> None:
        with self._lock:
            self.asked[asked.key] = asked

    def note(self, asked: Asked, answer: Answer, *, attempt: int) -> bool:
        """Write an answer down; tell whether the call is settled, for good or ill."""
        with self._lock:
            self.answers[answer.status] += 1
            self.repeats += attempt > 0
            if answer.status in asked.clear:
                self.acknowledged[asked.key] = answer
                self.recalled += "Idempotent-Replayed" in answer.headers
                return True
            if answer.status in (*UNCLEAR, UNKNOWN_TOKEN):
                return False
            self.wrong.append(f"{asked.path} answered {answer.status}: {answer.body[:300]!r}")
            return answer.status < 500

    @property
    def emails(self) -> list[str]:
        """The owners of every shop in this ledger."""
        return list({asked.shop.email for asked in self.asked.values()})

    def of(self, *kinds: str) -> dict[str, Asked]:
        return {key: asked for key, asked in self.asked.items() if asked.kind in kinds}

    def acknowledged_of(self, *kinds: str) -> dict[str, Answer]:
        return {key: self.acknowledged[key] for key in self.of(*kinds) if key in self.acknowledged}
