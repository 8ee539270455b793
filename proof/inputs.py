"""
A corpus of what nobody should send, at every field, address, header and method of API and pages.

Each answer is judged: no 5xx, refusals of the API in its envelope, no inner words and nobody's data
in them, and no row more or less in any table after a refusal.
"""

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from proof.arena import Arena
from proof.caller import Caller
from proof.doors import PEOPLE, Known, of_the_api, of_the_pages, tokens_of
from proof.hostile import Attack, Target, attacks_on, mutant
from proof.report import Report
from proof.schema import UNAVAILABLE
from proof.wire import Reply, exchange

NAME = "inputs"
GOAL = (
    "a corpus of hostile input at every door gets no 5xx, leaks nothing and leaves nothing behind"
)
# How many of the corpus, drawn evenly (0 is all of them), and how many made up by chance.
SIZES = {"small": {"corpus": 300, "chance": 50}, "large": {"corpus": 12_000, "chance": 2_000}}
ARENA = {"pages": True, "env": {"JWT_ACCESS_TOKEN_EXPIRY": "12h"}}
# They count and record refusals themselves.
COUNTERS = {
    "accounts_signinattempts", "core_auditentry", "core_auditseal", "django_session",
}  # fmt: skip
# An honest server's way to refuse a request that is none.
_PROTOCOL_REFUSALS = {400, 405, 408, 413, 414, 417, 431, 501, 505}
_MAY_STAY_UNANSWERED = {"framing", "header line", "method"}
_INNER_WORDS = re.compile(
    rb"Traceback|psycopg|django\.|Exception|\.py\b|SELECT |INSERT |site-packages|line \d+, in"
)
# Who refuses unread bytes and hangs up may cut off its own answer: that is TCP, so ask again.
_CUT_OFF_FROM = 100_000
_SLOW_SECONDS = 1.0
_MOST_FAULTS = 20


def run(arena: Arena, *, seed: int, corpus: int, chance: int) -> Report:
    report = Report(NAME, GOAL, seed, {"corpus": corpus, "chance": chance})
    started = time.monotonic()
    targets = _prepare(arena)
    running = [name for name in ("worker", "beat") if arena.is_running(name)]
    # They would write while rows are counted.
    for name in running:
        arena.stop(name)
    try:
        trial = Trial(arena, targets)
        for attack in _chosen(targets, random.Random(seed), corpus=corpus, chance=chance):
            trial.put(attack)
    finally:
        for name in running:
            arena.start(name)
    trial.tell(report)
    report.seconds = time.monotonic() - started
    return report


def _prepare(arena: Arena) -> list[Target]:
    arena.manage("seed_demo")
    document = Caller(arena.address).call("GET", "/api-docs/schema").json
    api = of_the_api(document, Known.at(arena.address))
    return [*api, *of_the_pages(arena.address)]


def _chosen(
    targets: list[Target], rng: random.Random, *, corpus: int, chance: int
) -> Iterator[Attack]:
    everything = [attack for target in targets for attack in attacks_on(target)]
    rng.shuffle(everything)
    yield from _drawn(everything, corpus) if corpus else everything
    for _ in range(chance):
        yield mutant(targets, rng)


def _drawn(shuffled: list[Attack], number: int) -> list[Attack]:
    """Draw half of them evenly from each family, so that files and framings are not drowned."""
    share = number // 2 // len({attack.family for attack in shuffled})
    seen, first, rest = Counter(), [], []
    for attack in shuffled:
        seen[attack.family] += 1
        (first if seen[attack.family] <= share else rest).append(attack)
    return (first + rest)[:number]


# ── Judging ────────────────────────────────────────────────────────────────────────────


@dataclass
class Trial:
    """Sends inputs one by one, and remembers what came of them."""

    arena: Arena
    targets: list[Target]
    families: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    cut_off: int = 0
    slow: int = 0
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self):
        place = urlsplit(self.arena.address)
        self.place = (place.hostname, place.port)
        self.database = self.arena.database()
        self.count = self._counting()
        self.rows = self._rows()
        self.secrets = _personal_data(self.database)
        self.replaced: dict[bytes, bytes] = {}

    def put(self, attack: Attack) -> None:
        """Send one input and judge its answer."""
        request = attack.write()
        for old, new in self.replaced.items():
            request = request.replace(old, new)
        reply = self._exchange(request)
        self.families[attack.family] += 1
        self.statuses[_status(reply)] += 1
        self._judge(attack, request, reply)
        if reply and attack.target.path.endswith("/logout") and reply.status == 200:
            self._sign_in_again()
            self.rows = self._rows()

    def _exchange(self, request: bytes) -> Reply | None:
        reply = exchange(self.place, request)
        if reply is None and len(request) > _CUT_OFF_FROM:
            self.cut_off += 1
            reply = exchange(self.place, request)
        return reply

    def _judge(self, attack: Attack, request: bytes, reply: Reply | None) -> None:
        rows = self._rows()
        for fault in faults_of(attack, reply, self.secrets, request):
            self._note(fault, attack, reply)
        if reply and reply.status >= 400 and rows != self.rows:
            changed = [name for name in rows if rows[name] != self.rows[name]]
            self._note(f"a refusal that changed {changed}", attack, reply)
        self.rows = rows
        if reply:
            self.slow += reply.seconds > _SLOW_SECONDS
            self.slowest = sorted([*self.slowest, (reply.seconds, attack.name)])[-5:]

    def _sign_in_again(self) -> None:
        tokens = tokens_of(self.arena.address)
        for target in self.targets:
            if said := dict(target.credentials).get("Authorization"):
                self.replaced[said] = f"Bearer {tokens[target.role]}".encode()

    def _note(self, fault: str, attack: Attack, reply: Reply | None) -> None:
        self.faults[fault] += 1
        body = reply.body[:200] if reply else b""
        self.first.setdefault(fault, f"{attack.name} -> {_status(reply)} {body!r}")

    # ── Rows ───────────────────────────────────────────────────────────────────────────
    def _counting(self) -> str:
        names = self.database.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        tables = [name for (name,) in names if name not in COUNTERS]
        return " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)

    def _rows(self) -> dict[str, int]:
        return dict(self.database.execute(self.count).fetchall())

    # ── Telling ────────────────────────────────────────────────────────────────────────
    def tell(self, report: Report) -> None:
        api = sum(target.is_api for target in self.targets)
        report.figures |= {
            "inputs": self.families.total(),
            "doors": {"API": api, "pages and forms": len(self.targets) - api},
            "answers": dict(sorted(self.statuses.items())),
            "answers cut off by an early end, asked again": self.cut_off,
            "by kind": dict(self.families.most_common()),
            "slower than a second": self.slow,
            "slowest": [f"{seconds * 1000:.0f} ms: {name}" for seconds, name in self.slowest[::-1]],
        }
        for fault, times in self.faults.most_common(_MOST_FAULTS):
            report.failures.append(f"{times} × {fault}, first: {self.first[fault]}")


def _personal_data(database) -> dict[bytes, str]:
    """Mail addresses and names of people who were not made up by a proof, each with whose it is."""
    people = database.execute(
        "SELECT email, full_name FROM accounts_user WHERE full_name ~ '^[A-Z][a-z]+ [A-Z][a-z]+$'"
    ).fetchall()
    return {text.encode(): email for email, name in people for text in (email, name)}


def _status(reply: Reply | None) -> str:
    if reply is None:
        return "none"
    return str(reply.status) if reply.is_the_products else f"{reply.status} of the HTTP server"


def faults_of(
    attack: Attack, reply: Reply | None, secrets: dict[bytes, str], request: bytes
) -> Iterator[str]:
    if reply is None:
        if attack.family not in _MAY_STAY_UNANSWERED:
            yield "no answer"
        return
    if not reply.is_the_products:
        if reply.status not in _PROTOCOL_REFUSALS:
            yield f"{reply.status} of the HTTP server"
    elif reply.status >= 500 and _envelope(reply).get("code") not in UNAVAILABLE:
        yield f"{reply.status} at {attack.target.method} {attack.target.path}"
    elif attack.target.is_api and attack.what not in ("'HEAD'", "HTTP/0.9", "absolute address"):
        yield from _faults_of_the_envelope(attack, reply)
    if reply.status >= 400:
        if _INNER_WORDS.search(reply.body) and attack.target.is_api:
            yield "inner words in a refusal"
        own = PEOPLE[attack.target.role]
        others = (text for text, email in secrets.items() if not own or email != own.email)
        if any(text in reply.body and text not in request for text in others):
            yield "personal data in a refusal"


def _reason(body: dict) -> str | int | None:
    """The code of a refusal; the koperasi's envelope has the status in its place."""
    return body.get("code") or (body.get("meta") or {}).get("status_code")


def _faults_of_the_envelope(attack: Attack, reply: Reply) -> Iterator[str]:
    if reply.status < 400 and "json" not in reply.headers.get("content-type", ""):
        return
    body = _envelope(reply)
    if not attack.target.enveloped:
        if reply.status in (200, 401) and attack.family != "method" and "errCode" not in body:
            yield f"{reply.status} without errCode at {attack.target.name}"
    elif attack.target.bare and reply.status < 400:
        return
    elif body.get("success") is not (reply.status < 400):
        yield f"{reply.status} outside the envelope at {attack.target.name}"
    elif reply.status >= 400 and not (_reason(body) and body.get("message")):
        yield f"{reply.status} without code or message"


def _envelope(reply: Reply) -> dict:
    try:
        body = json.loads(reply.body, parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError):
        return {}
    return body if isinstance(body, dict) else {}
