"""
What was asked and what was acknowledged, written down by those who asked: the truth to recount against.

A kind of work is a function `(rng, shop) -> Asked`; its call is repeated with the same key until an
answer is clear. What became of it is recounted by SQL, in `crashes`.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from proof.caller import BROKEN, Answer, Shop, new_shop

IN_PROGRESS, UNAVAILABLE, UNKNOWN_TOKEN = 409, 503, 401
# Passwords are checked by two at once; a third is asked to come again.
TOO_MANY = 429
# A 409 says that the broken call may still be at work, the next two that it was not done.
UNCLEAR = (BROKEN, IN_PROGRESS, UNAVAILABLE, TOO_MANY)


@dataclass(frozen=True)
class Asked:
    """One call that shall have its effect once. `marker` is found in the row that it makes."""

    kind: str
    shop: Shop
    path: str
    body: dict
    marker: str
    amount: int = 0

    @property
    def key(self) -> str:
        return self.marker


def registration(shop: Shop) -> Asked:
    body = shop.registration()
    return Asked("registration", shop, "/api/auth/register", body, marker=shop.email)


def cash_sale(rng: random.Random, shop: Shop) -> Asked:
    price, quantity = rng.randrange(1_000, 90_000, 500), rng.randint(1, 4)
    marker = f"proof-{rng.getrandbits(100):x}"
    line = {"id": "kopi", "name": "Kopi susu", "quantity": quantity, "price": price}
    body = {
        "type": "CASH",
        "amount": price * quantity,
        "description": marker,
        "productName": "Kopi susu",
        "productInfo": [line],
    }
    return Asked("sale", shop, "/api/transactions/create", body, marker, price * quantity)


SALES = [cash_sale]


def shops_and_sales(rng: random.Random, *, sales_each: int) -> Iterator[Asked]:
    """Without end: a new merchant, then its sales, then the next merchant."""
    while True:
        shop = new_shop(rng)
        yield registration(shop)
        for _ in range(sales_each):
            yield rng.choice(SALES)(rng, shop)


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
            if answer.status in (200, 201):
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

    def of(self, kind: str) -> dict[str, Asked]:
        return {key: asked for key, asked in self.asked.items() if asked.kind == kind}

    def acknowledged_of(self, kind: str) -> dict[str, Answer]:
        return {key: self.acknowledged[key] for key in self.of(kind) if key in self.acknowledged}
