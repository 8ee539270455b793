"""R5: Redis, mail and the gateway away, slow or talking nonsense, in every combination."""

import itertools
import random
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import redis

from proof.arena import Arena, until
from proof.mailbox import Mailbox
from proof.proxy import Mode, Proxy
from proof.recount import OURS, QUEUES
from proof.report import Report
from proof.visits import Visit

NAME = "outages"
GOAL = "with Redis, mail or the gateway away, slow or senseless, people go on working and no news is lost"
SIZES = {"small": {"combinations": 4}, "large": {"combinations": 64}}
# What the clock sends every half a minute.
MAIL_AGAIN = "from config.celery import app; app.send_task('accounts.mail_reset_link')"
# The visitor opens pages too; and one answer more than this many recalculations is too many.
RECALCULATIONS = 3
ARENA = {"pages": True}
DEPENDENCIES = ("redis", "mail", "gateway")
ALL = len(Mode) ** len(DEPENDENCIES)
# A step may take this much longer than in calm times (the middle of its calls), and never this long.
LONGER_SECONDS, LONGEST_SECONDS = 0.35, 3.0
# What talks with the gateway is bounded by that call.
GATEWAY_STEPS, GATEWAY_SECONDS = ("QRIS sale", "QRIS check"), 16.0
RECOVERY_SECONDS = 90


def combinations(count: int, rng: random.Random) -> list[dict[str, Mode]]:
    """
    Return `count` of the 64 combinations, all when there are as many, in seeded order.

    A few are chosen so that each dependency meets as many of its moods as possible.
    """
    moods = list(itertools.product(Mode, repeat=len(DEPENDENCIES)))
    if count >= len(moods):
        chosen = rng.sample(moods, len(moods))
    else:
        columns = [_moods(rng, count) for _ in DEPENDENCIES]
        chosen = list(zip(*columns, strict=True))
    return [dict(zip(DEPENDENCIES, each, strict=True)) for each in chosen]


def _moods(rng: random.Random, count: int) -> list[Mode]:
    rounds = (rng.sample(list(Mode), len(Mode)) for _ in itertools.count())
    return list(itertools.islice(itertools.chain.from_iterable(rounds), count))


def run(arena: Arena, *, seed: int, combinations: int) -> Report:
    begun = time.monotonic()
    report = Report(NAME, GOAL, seed, {"combinations": combinations})
    rng, tally = random.Random(seed), Tally(patient=combinations >= ALL)
    chosen = _combinations(combinations, rng)
    with surroundings(arena, rng) as (doors, mailbox):
        tally.visit(arena, rng, {})
        for moods in chosen:
            for name, door in doors.items():
                door.mode = moods[name]
            tally.visit(arena, rng, moods)
            for door in doors.values():
                door.mode = Mode.OK
            tally.recover(arena, moods)
            # In between, for what is normal.
            tally.visit(arena, rng, {})
        tally.recover(arena, {}, mailed=True)
        tally.expect_mails(mailbox, report)
    expect_a_row_for_each_code(arena, report)
    tally.tell(report)
    tally.expect_scores(arena, report)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


_combinations = combinations


@contextmanager
def surroundings(arena: Arena, rng: random.Random) -> Iterator[tuple[dict[str, Proxy], Mailbox]]:
    """Put a door between the product and each server, and start the product anew behind them."""
    with ExitStack() as stack:
        mailbox = stack.enter_context(Mailbox())
        address, gateway = urlsplit(arena.redis_url), urlsplit(arena.gateway_url)
        doors = {
            "redis": Proxy(target=(address.hostname, address.port), rng=rng),
            "mail": Proxy(target=mailbox.address, rng=rng, greets=True),
            "gateway": Proxy(target=(gateway.hostname, gateway.port), rng=rng),
        }
        for door in doors.values():
            stack.enter_context(door)
        before = dict(arena.env)
        arena.env |= {
            "RATE_LIMIT_HEAVY": str(RECALCULATIONS),
            "PAYLABS_BASE_URL": f"http://127.0.0.1:{doors['gateway'].port}",
            "REDIS_URL": arena.redis_url.replace(f":{address.port}/", f":{doors['redis'].port}/"),
            "EMAIL_URL": f"smtp://127.0.0.1:{doors['mail'].port}",
        }
        _start_anew(arena)
        yield doors, mailbox
    arena.env = before
    _start_anew(arena)


def _start_anew(arena: Arena) -> None:
    for name in ("web", "worker", "beat"):
        arena.kill(name)
        arena.start(name)
    arena.wait_until_ready()


@dataclass
class Tally:
    """What all visits came to."""

    # Whether there is time: for a hanging gateway twice in a visit, for the clock that mails again.
    patient: bool
    calm: dict[str, list[float]] = field(default_factory=dict)
    troubled: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    answers: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    # Who came, and who of them forgot a password.
    shops: list[str] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    slowest_with_gateway: float = 0.0
    recoveries: list[float] = field(default_factory=list)
    limits_passed: int = 0
    restarts: Counter = field(default_factory=Counter)

    def visit(self, arena: Arena, rng: random.Random, moods: dict[str, Mode]) -> None:
        mood = moods.get("gateway", Mode.OK)
        gateway = None if mood == Mode.SLOW else mood == Mode.OK
        visit = Visit(
            arena.address, rng, gateway=gateway, checks=self.patient or gateway is not None
        )
        visit.pay_a_visit()
        self.shops.append(visit.shop.email)
        if any(step.name == "forgotten password" for step in visit.steps):
            self.visitors.append(visit.shop.email)
        self._expect_limits(visit, moods)
        for step in visit.steps:
            self.answers[step.status] += 1
            if not step.is_as_wanted:
                self.failures.append(
                    f"{_words(moods)}: {step.name} answered {step.status}, not {step.wanted}:"
                    f" {step.body!r}"
                )
            if step.name in GATEWAY_STEPS:
                self.slowest_with_gateway = max(self.slowest_with_gateway, step.seconds)
            elif moods:
                by_mood = self.troubled.setdefault(step.name, {})
                by_mood.setdefault(moods["redis"], []).append(step.seconds)
                self.slowest = max(self.slowest, (step.seconds, f"{step.name}, {_words(moods)}"))
            else:
                self.calm.setdefault(step.name, []).append(step.seconds)

    def _expect_limits(self, visit: Visit, moods: dict[str, Mode]) -> None:
        """Without Redis nobody counts: one call too many passes. With it, it does not."""
        if not visit.caller.token:
            return
        away = moods.get("redis", Mode.OK) != Mode.OK
        path = "/api/merchant/recalculate"
        wanted = (200,) if away else (429,)
        for _ in range(RECALCULATIONS - 1):
            visit.caller.call("POST", path)
        self.limits_passed += away
        visit.call("one too many", "POST", path, wanted=wanted)
        visit.caller.close()

    def recover(self, arena: Arena, moods: dict[str, Mode], *, mailed: bool = False) -> None:
        """Wait for rest. Mails are tried again each half minute: only the end waits until all are `mailed`."""
        begun = time.monotonic()
        if mailed and not self.patient:
            arena.manage("shell", "-c", MAIL_AGAIN)
        passed_over = ["unacked"] if mailed else ["unacked", "mails"]
        if not until(lambda: self._rests(arena, passed_over), seconds=RECOVERY_SECONDS):
            self.failures.append(f"after {_words(moods)} there still waits {_waiting(arena)}")
        self.recoveries.append(time.monotonic() - begun)

    def _rests(self, arena: Arena, passed_over: list[str]) -> bool:
        self._restart_the_ended(arena)
        # A message may stay "unacked" in Redis although its work is done: its acknowledgement broke off.
        return not any(n for name, n in _waiting(arena).items() if name not in passed_over)

    def _restart_the_ended(self, arena: Arena) -> None:
        """Do what compose and systemd do: nonsense, or a broken line at the wrong moment, ends Celery."""
        for name in ("web", "worker", "beat"):
            if not arena.is_running(name):
                self.restarts[name] += 1
                arena.start(name)

    def expect_mails(self, mailbox: Mailbox, report: Report) -> None:
        """Everybody who asked for a link gets one mail."""
        missing = [email for email in self.visitors if not mailbox.to(email)]
        doubled = [email for email in self.visitors if len(mailbox.to(email)) > 1]
        report.figures |= {"reset mails asked for": len(self.visitors)}
        report.figures |= {
            "mails": sum(len(mailbox.to(email)) for email in self.visitors),
            "mails twice": len(doubled),
        }
        report.expect(not missing, f"{len(missing)} reset mails never came")
        # Between the mail's going out and its being written down a worker can only die.
        report.expect(
            len(doubled) <= self.restarts["worker"],
            f"{len(doubled)} reset mails came more than once",
        )

    def expect_scores(self, arena: Arena, report: Report) -> None:
        """Whoever sold has a score; the last task may still be at it."""
        until(lambda: not self._unscored(arena), seconds=RECOVERY_SECONDS)
        unscored = self._unscored(arena)
        report.expect(not unscored, f"{unscored} merchants sold and have no score")
        news = _waiting(arena)["news"]
        report.expect(not news, f"{news} pieces of news wait")

    def _unscored(self, arena: Arena) -> int:
        question = (
            f"SELECT count(DISTINCT m.id) FROM {OURS} WHERE NOT EXISTS"
            " (SELECT FROM scoring_latestscore s WHERE s.merchant_id = m.id)"
        )
        with arena.database() as database:
            return database.execute(question, [self.shops]).fetchone()[0]

    def tell(self, report: Report) -> None:
        longer = self._longer()
        step, mood, most = max(longer, key=lambda each: each[2])
        report.figures |= {
            "calls": self.answers.total(),
            "answers of 5xx": sum(
                n for status, n in self.answers.items() if status >= 500 and status != 503
            ),
            "answers of 503, gateway away": self.answers[503],
            "slowest call with the gateway, ms": round(self.slowest_with_gateway * 1000),
            "slowest answer, ms": round(self.slowest[0] * 1000),
            "which was": self.slowest[1],
            "longer than in calm times at most, ms": round(most * 1000),
            "which is": f"{step}, Redis {mood}",
            "back at rest after at most, s": round(max(self.recoveries), 1),
            "calls let pass uncounted": self.limits_passed,
            "started anew by the supervisor": dict(self.restarts),
        }
        report.expect(
            self.slowest[0] < LONGEST_SECONDS,
            f"{self.slowest[1]} took {self.slowest[0]:.2f} s",
        )
        report.expect(
            self.slowest_with_gateway < GATEWAY_SECONDS,
            f"a call with the gateway took {self.slowest_with_gateway:.1f} s",
        )
        # A small run shares the machine with other tests: only a large one is held to fractions of a second.
        for step, mood, seconds in longer if self.patient else ():
            # Twice as long as in calm times anyway: then it is the machine that is busy.
            report.expect(
                seconds < LONGER_SECONDS + statistics.median(self.calm[step]),
                f"{step} takes {seconds * 1000:.0f} ms longer with Redis {mood}",
            )
        report.failures += self.failures

    def _longer(self) -> list[tuple[str, str, float]]:
        return [
            (step, mood, statistics.median(times) - statistics.median(self.calm[step]))
            for step, by_mood in self.troubled.items()
            for mood, times in by_mood.items()
            if step in self.calm
        ]


def expect_a_row_for_each_code(arena: Arena, report: Report) -> None:
    """Whatever a payer could pay is a sale of ours."""
    with closing(sqlite3.connect(arena.env["PAYLABS_SIMULATOR_STORE"])) as store:
        orders = [number for (number,) in store.execute("SELECT trade_no FROM orders")]
    with arena.database() as database:
        known = database.execute(
            "SELECT count(*) FROM transactions_transaction WHERE code = ANY(%s)", [orders]
        ).fetchone()[0]
    report.figures["codes at the gateway"] = len(orders)
    report.expect(known == len(orders), f"{len(orders) - known} payable codes have no sale")


def _waiting(arena: Arena) -> dict[str, int]:
    with arena.database() as database, redis.Redis.from_url(arena.redis_url) as broker:
        mails, news = database.execute(
            "SELECT (SELECT count(*) FROM accounts_resetmail WHERE mailed_at IS NULL),"
            " (SELECT count(*) FROM core_outboxevent WHERE published_at IS NULL)"
        ).fetchone()
        queues = {queue: broker.llen(queue) for queue in QUEUES}
        return {"mails": mails, "news": news, "unacked": broker.hlen("unacked"), **queues}


def _words(moods: dict[str, Mode]) -> str:
    return ", ".join(f"{name} {mode}" for name, mode in moods.items()) or "all well"
