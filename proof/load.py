"""Merchants who go on selling while the house burns, each call repeated until it is acknowledged."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from proof.arena import Arena
from proof.caller import BROKEN, Answer, Caller, Shop
from proof.ledger import TOO_MANY, UNAVAILABLE, UNKNOWN_TOKEN, Asked, Ledger, Work, trade

# Longer than any outage: whoever waits this long is not going to be answered.
PATIENCE_SECONDS = 120
# This share of calls is left before the answer, so that answers are lost even where nothing is killed.
HANG_UPS = 0.04


class Till(threading.Thread):
    """One thread that works, one call after the other."""

    def __init__(self, arena: Arena, ledger: Ledger, work: Work, *, seed: str, rest: float) -> None:
        super().__init__(daemon=True)
        self.ledger, self.work, self.rest = ledger, work, rest
        self.closing, self.rng = threading.Event(), random.Random(f"{seed}/till")
        self.caller, self.payer = Caller(arena.address), Caller(arena.gateway_url)
        self.tokens: dict[Shop, str] = {}

    def run(self) -> None:
        try:
            asked = next(self.work)
            while not self.closing.is_set():
                self.ledger.ask(asked)
                answer = self._insist(asked)
                time.sleep(self.rng.uniform(0, 2 * self.rest))
                asked = self.work.send(answer)
        except Exception as error:  # noqa: BLE001  (a thread that dies would only look like less load)
            self.ledger.wrong.append(f"a till broke: {error!r}")

    def _insist(self, asked: Asked) -> Answer | None:
        deadline, attempt = time.monotonic() + PATIENCE_SECONDS, 0
        while not self._try(asked, attempt):
            attempt += 1
            if time.monotonic() > deadline:
                self.ledger.wrong.append(f"{asked.kind} {asked.key} was never acknowledged")
                break
            time.sleep(self.rng.uniform(0.02, 0.3))
        return self.ledger.acknowledged.get(asked.key)

    def _try(self, asked: Asked, attempt: int) -> bool:
        caller = self.payer if asked.at_gateway else self.caller
        if not asked.at_gateway:
            # Whoever registers is nobody yet.
            self.caller.token = "" if asked.kind == "registration" else self._token(asked.shop)
            if asked.kind != "registration" and not self.caller.token:
                return False
        leaves = self.rng.random() < HANG_UPS
        call = caller.hang_up if leaves else caller.call
        answer = call("POST", asked.path, asked.body, key=asked.key)
        if answer.status == UNKNOWN_TOKEN:
            self.tokens.pop(asked.shop, None)
        return self.ledger.note(asked, answer, attempt=attempt)

    def _token(self, shop: Shop) -> str:
        if shop not in self.tokens:
            self.caller.token = ""
            answer = self.caller.call("POST", "/api/auth/login", shop.credentials())
            if answer.status == 200:
                self.tokens = {shop: answer.json["data"]["accessToken"]}
            elif answer.status not in (BROKEN, UNAVAILABLE, TOO_MANY):
                text = f"/api/auth/login answered {answer.status}: {answer.body[:300]!r}"
                self.ledger.wrong.append(text)
        return self.tokens.get(shop, "")


@contextmanager
def selling(
    arena: Arena, ledger: Ledger, *, seed: int, tills: int, rest: float = 0.1, sales_each: int = 40
) -> Iterator[None]:
    """
    Sell from `tills` threads during the block; afterwards each finishes the call it is at.

    `rest` is the mean pause between two calls of a till, in seconds.
    """
    threads = [
        _till(arena, ledger, f"{seed}/{number}", rest, sales_each) for number in range(tills)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.closing.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS + 30)
            if thread.is_alive():
                ledger.wrong.append("a till never came back")


def _till(arena: Arena, ledger: Ledger, seed: str, rest: float, sales_each: int) -> Till:
    with_gateway = bool(arena.gateway_url)
    work = trade(random.Random(seed), sales_each=sales_each, with_gateway=with_gateway)
    return Till(arena, ledger, work, seed=seed, rest=rest)
