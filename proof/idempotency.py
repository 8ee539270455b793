"""R6: eight calls at once under one key, a thousand keys; another body; the same after a crash."""

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from proof.arena import Arena
from proof.caller import Answer, Caller, new_shop, open_shop
from proof.ledger import Asked, cash_sale, qris_sale
from proof.recount import rows_at_gateway
from proof.report import Report

NAME = "idempotency"
GOAL = "8 calls at once under one Idempotency-Key: one effect, one answer byte for byte, also after a crash"
SIZES = {
    "small": {"keys": 40, "mismatches": 5, "slow_keys": 1},
    "large": {"keys": 1_000, "mismatches": 100, "slow_keys": 10},
}
HANDS = 8
KEYS_PER_SHOP = 100
# Of four sales one asks the gateway for a code, which takes a step outside the transaction.
KINDS = [cash_sale, cash_sale, cash_sale, qris_sale]
# How long the gateway takes over the slow ones: whoever waited for the holder of a key, took as long.
SLOW_SECONDS = 4


@dataclass
class Calls:
    """All answers that the calls under one key got."""

    asked: Asked
    token: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def bodies(self) -> set[bytes]:
        return {answer.body for answer in self.answers if answer.status < 300}


def run(arena: Arena, *, seed: int, keys: int, mismatches: int, slow_keys: int) -> Report:
    begun = time.monotonic()
    report = Report(
        NAME, GOAL, seed, {"keys": keys, "mismatches": mismatches, "slow_keys": slow_keys}
    )
    rng = random.Random(seed)
    calls = _prepare(arena, rng, keys, KINDS)
    _judge_answers(calls, _call_together(arena, calls), report)
    _expect_nobody_to_wait(arena, _prepare(arena, rng, slow_keys, [qris_sale]), report)
    _count_effects(arena, calls, report)
    _expect_refusal_of_other_bodies(arena, rng.sample(calls, mismatches), report)
    arena.kill("web")
    arena.start("web")
    arena.wait_until_ready()
    _expect_the_same_bytes(arena, calls, report)
    _count_effects(arena, calls, report)
    result = arena.manage("rebuild_daily_totals", check=False)
    report.expect(result.returncode == 0, f"daily totals: {result.stdout[-300:]}")
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _prepare(arena: Arena, rng: random.Random, keys: int, kinds: list) -> list[Calls]:
    """Open shops and think of one sale for each key."""
    calls: list[Calls] = []
    while len(calls) < keys:
        shop, caller = new_shop(rng), Caller(arena.address)
        open_shop(caller, shop)
        caller.close()
        count = min(KEYS_PER_SHOP, keys - len(calls))
        calls += [
            Calls(kinds[number % len(kinds)](rng, shop), caller.token) for number in range(count)
        ]
    return calls


def _call_together(arena: Arena, calls: list[Calls]) -> list[float]:
    """Call each key from every hand at the same moment; return how long each 409 took."""
    together, lock, waits = threading.Barrier(HANDS), threading.Lock(), []

    def hand(_number: int) -> None:
        caller = Caller(arena.address)
        for each in calls:
            caller.token = each.token
            together.wait(60)
            begun = time.monotonic()
            answer = _call(caller, each)
            with lock:
                each.answers.append(answer)
                if answer.status == 409:
                    waits.append(time.monotonic() - begun)
        caller.close()

    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(hand, range(HANDS)))
    return waits


def _call(caller: Caller, each: Calls, **changes) -> Answer:
    body = each.asked.body | changes
    return caller.call("POST", each.asked.path, body, key=each.asked.key)


def _judge_answers(calls: list[Calls], waits: list[float], report: Report) -> None:
    statuses = Counter(answer.status for each in calls for answer in each.answers)
    report.figures |= {
        "keys": len(calls),
        "calls": statuses.total(),
        "answers of 201": statuses[201],
        "answers of 409": statuses[409],
        "median of a 409 in ms": round(1000 * statistics.median(waits), 1) if waits else 0,
        "slowest 409 in ms": round(1000 * max(waits, default=0), 1),
    }
    other = {status: count for status, count in statuses.items() if status not in (201, 409)}
    report.expect(not other, f"other answers than 201 and 409: {other}")
    silent = sum(not each.bodies for each in calls)
    report.expect(not silent, f"{silent} keys got no answer of success from any of {HANDS} calls")
    torn = sum(len(each.bodies) > 1 for each in calls)
    report.expect(not torn, f"{torn} keys got answers that differ")


def _expect_nobody_to_wait(arena: Arena, calls: list[Calls], report: Report) -> None:
    """Let the gateway be slow: whoever finds a key taken is refused while its holder still works."""
    _behave(arena, {"create": {"mode": "slow", "seconds": SLOW_SECONDS}})
    waits = _call_together(arena, calls)
    _behave(arena, {"create": None})
    waited = sum(wait >= SLOW_SECONDS for wait in waits)
    report.figures["refused while the holder worked"] = len(waits) - waited
    report.expect(waits, "nobody found a key taken while the gateway was slow")
    report.expect(not waited, f"{waited} answers of 409 waited for the holder of the key")
    served = sum(bool(each.bodies) for each in calls)
    report.expect(served == len(calls), "a call under a slow gateway was not served")


def _behave(arena: Arena, behaviours: dict) -> None:
    answer = Caller(arena.gateway_url).call("POST", "/control/behaviours", behaviours)
    if answer.status != 200:
        raise RuntimeError(f"the simulator answered {answer.status}: {answer.body[:200]!r}")


def _count_effects(arena: Arena, calls: list[Calls], report: Report) -> None:
    """Count sales by what was written on them, and the gateway's orders for them."""
    markers = [each.asked.marker for each in calls]
    question = "SELECT description, code FROM transactions_transaction WHERE description = ANY(%s)"
    with arena.database() as database:
        rows = database.execute(question, [markers]).fetchall()
    effects = Counter(marker for marker, _ in rows)
    wrong = sum(effects[marker] != 1 for marker in markers)
    report.figures["effects"] = effects.total()
    report.expect(not wrong, f"{wrong} keys have not exactly one effect")
    orders = rows_at_gateway(arena, "SELECT trade_no FROM orders")
    wanted = sum(each.asked.kind == "qris sale" for each in calls)
    found = len({code for _, code in rows} & {code for (code,) in orders})
    report.figures["orders at the gateway"] = found
    report.expect(found == wanted, f"{wanted} orders were due at the gateway, {found} are there")


def _expect_refusal_of_other_bodies(arena: Arena, calls: list[Calls], report: Report) -> None:
    refused = _again(arena, calls, lambda answer, _: answer.status == 422, description="another")
    report.figures["other bodies refused with 422"] = refused
    report.expect(refused == len(calls), f"{len(calls) - refused} other bodies were not refused")


def _expect_the_same_bytes(arena: Arena, calls: list[Calls], report: Report) -> None:
    def is_recalled(answer: Answer, each: Calls) -> bool:
        return {answer.body} == each.bodies and "Idempotent-Replayed" in answer.headers

    same = _again(arena, calls, is_recalled)
    report.figures["answers recalled byte for byte after kill -9"] = same
    report.expect(same == len(calls), f"{len(calls) - same} answers changed over a crash")


def _again(
    arena: Arena, calls: list[Calls], holds: Callable[[Answer, Calls], bool], **changes
) -> int:
    """Call each key once more; return for how many the answer is as it should be."""
    caller, right = Caller(arena.address), 0
    for each in calls:
        caller.token = each.token
        right += holds(_call(caller, each, **changes), each)
    caller.close()
    return right
