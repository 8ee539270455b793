"""R4: kill -9 of every process, one after the other and two at once, while merchants sell."""

import random
import time
from collections import Counter

from proof.arena import Arena
from proof.ledger import Ledger
from proof.load import selling
from proof.recount import (
    SALES,
    expect_answers_kept,
    expect_books_in_order,
    expect_news_delivered,
    recount_payments,
    recount_refunds,
    recount_registrations,
    recount_sales,
    wait_for_quiet,
)
from proof.report import Report

NAME = "crashes"
GOAL = "kill -9 at any moment under load: nothing acknowledged is lost, nothing is done twice"
SIZES = {
    "small": {"kills": 5, "tills": 3, "recalls": 3, "pieces": 5},
    "large": {"kills": 120, "tills": 5, "recalls": 40, "pieces": 6},
}
# The first `pieces` of them are struck; with the gateway gone, refunds take half a minute more.
PIECES = ["web", "worker", "beat", "postgres", "redis", "paylabs"]
TWO_AT_ONCE = 0.2
# Some are killed again before the house has found its feet.
STRIKE_AGAIN_AT_ONCE = 0.15


def run(arena: Arena, *, seed: int, kills: int, tills: int, recalls: int, pieces: int) -> Report:
    begun = time.monotonic()
    sizes = {"kills": kills, "tills": tills, "recalls": recalls, "pieces": pieces}
    report = Report(NAME, GOAL, seed, sizes)
    ledger, rng = Ledger(), random.Random(seed)
    with selling(arena, ledger, seed=seed, tills=tills):
        struck, ended = strike(arena, rng=rng, kills=kills, pieces=PIECES[:pieces])
    report.figures["kills"] = dict(struck)
    # Celery may end when its broker vanishes; whoever supervises it starts it anew.
    report.figures["workers started anew by the supervisor"] = ended.pop("worker", 0)
    report.expect(not ended, f"ended without being killed: {dict(ended)}")
    _tell_of_answers(ledger, report)
    wait_for_quiet(arena, ledger, report)
    for recount in (recount_sales, recount_payments, recount_refunds, recount_registrations):
        recount(arena, ledger, report)
    expect_news_delivered(arena, ledger, report)
    expect_books_in_order(arena, report)
    keys = sorted(ledger.acknowledged_of("registration", *SALES, "refund"))
    keys = rng.sample(keys, min(recalls, len(keys)))
    expect_answers_kept(arena, ledger, report, keys=keys)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def strike(
    arena: Arena, *, rng: random.Random, kills: int, pieces: list[str]
) -> tuple[Counter, Counter]:
    """
    Kill pieces and start them again, `kills` times; return how often each was struck.

    Also returned: pieces that had ended by themselves.
    """
    struck, ended, order = Counter(), Counter(), _victims(rng, pieces)
    while struck.total() < kills:
        time.sleep(rng.uniform(0.2, 2.5))
        ended.update(name for name in arena.pieces if not arena.is_running(name))
        victims = [next(order) for _ in range(1 + (rng.random() < TWO_AT_ONCE))]
        for name in dict.fromkeys(victims):
            arena.kill(name)
            struck[name] += 1
        time.sleep(rng.uniform(0, 1.5))
        for name in arena.pieces:
            if not arena.is_running(name):
                arena.start(name)
        if rng.random() > STRIKE_AGAIN_AT_ONCE:
            arena.wait_until_ready()
    arena.wait_until_ready()
    return struck, ended


def _victims(rng: random.Random, pieces: list[str]):
    """Every piece in turn, each round in another order."""
    while True:
        yield from rng.sample(pieces, len(pieces))


def _tell_of_answers(ledger: Ledger, report: Report) -> None:
    report.figures |= {
        "calls": ledger.answers.total(),
        "repeats": ledger.repeats,
        "answers lost on the way and recalled": ledger.recalled,
        "connections broken": ledger.answers[0],
        "answers of 409": ledger.answers[409],
        "answers of 503": ledger.answers[503],
        "answers of 500": ledger.answers[500],
    }
    for text, count in Counter(ledger.wrong).most_common(10):
        report.failures.append(f"{text} ({count}×)")
