"""R5 and D12: the AI slow, senseless, lying or away, beside people who read what it writes."""

import http.cookiejar
import json
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import redis

from deploy.simulators.qwen import behaviours, server
from proof.arena import Arena, until
from proof.caller import TIMEOUT_SECONDS, Caller
from proof.report import Report
from proof.visits import TOKEN_FIELD

NAME = "ai"
GOAL = "whatever the AI does, pages and answers are there in time, and nothing unchecked or personal is in them"
SIZES = {"small": {"readers": 1, "modes": 3}, "large": {"readers": 2, "modes": 22}}
ARENA = {"pages": True, "gateway": False}

KEY = "proof-key"
# So that a call which waits for it is over soon; people wait for nothing at all.
AI_SECONDS = 2
LONGEST_SECONDS = 1.0
SETTLE_SECONDS = 20
# Enough for each of the two web processes to have drawn each page.
WARM_UPS = 4
# In these the AI's own words are shown; in all others never.
SENSE = ("good", "fenced")
AWAY = ("slow", "drip", "hang", "hang_up", "429", "500", "503", "401", "garbage", "empty", "huge")
LIES = ("invented", "promises", "leads", "not_json", "nested", "wrong_shape", "not_texts", "endless",
        "other_language", "chinese")  # fmt: skip
STOPPED = "stopped"
NEVER_SHOWN = re.compile(
    r"87[.,]3|987[.,]654|pasti disetujui|approved and guaranteed|0812-3456|bonus\.example|这家|Maintenance"
)
DEMO_PASSWORDS = {"merchant": "DummyPass123", "bank": "BankPass123"}
SHOPS = {"a": "MRC-DEMO-A", "b": "MRC-DEMO-B", "c": "MRC-DEMO-C"}
# Whatever names or reaches a person or a shop of the demo.
PERSONAL = """
import json
from accounts.models import User
from merchants.models import Merchant
shops = Merchant.objects.all()
texts = [text for shop in shops for text in (shop.company_name, shop.address, shop.phone, shop.code)]
texts += [text for user in User.objects.all() for text in (user.full_name, user.email)]
print(json.dumps(sorted({text for text in texts if text})))
"""


@dataclass
class Reading:
    """What one answer was: its source is "qwen" once any part of it is the AI's."""

    mode: str
    what: str
    status: int
    seconds: float
    source: str
    text: str


def run(arena: Arena, *, seed: int, readers: int, modes: int) -> Report:
    """Let people read while the AI is well, then in `modes` of its moods in seeded order, then well again."""
    begun = time.monotonic()
    report = Report(NAME, GOAL, seed, {"readers": readers, "modes": modes})
    moods = [*AWAY, *LIES, STOPPED]
    chosen = random.Random(seed).sample(moods, min(modes, len(moods)))
    arena.manage("seed_demo")
    with an_ai(arena) as ai:
        people = [*map(Merchant, [arena] * 3, SHOPS), Officer(arena)]
        # A server that has just started compiles its pages; that is not the AI's doing.
        for _ in range(WARM_UPS):
            list(_read(people, "good", "warm-up"))
        readings = [*ai.read_in(SENSE, people, readers)]
        personal = told_of_people(arena, server._prompts)
        report.figures["questions with good answers"] = len(server._prompts)
        readings += ai.read_in(chosen, people, readers)
        personal += told_of_people(arena, server._prompts)
        readings += ai.read_in(("good",), people, readers)
    _tell(report, readings, personal)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _tell(report: Report, readings: list[Reading], personal: list[str]) -> None:
    wanted = dict.fromkeys(SENSE, "qwen")
    settled = [reading for reading in readings if reading.what.endswith("settled")]
    report.figures |= {
        "modes": len({reading.mode for reading in readings}),
        "readings": len(readings),
        "answers": dict(Counter(reading.status for reading in readings)),
        "slowest, ms": {
            mode: round(1000 * max(each.seconds for each in readings if each.mode == mode))
            for mode in dict.fromkeys(reading.mode for reading in readings)
        },
        "sources after the AI had its time": {
            mode: dict(Counter(each.source for each in settled if each.mode == mode))
            for mode in dict.fromkeys(reading.mode for reading in settled)
        },
        "unchecked words shown": sum(bool(NEVER_SHOWN.search(each.text)) for each in readings),
        "personal data in questions": len(personal),
    }
    for reading in readings:
        label = f"{reading.mode}, {reading.what}"
        report.expect(reading.status == 200, f"{label}: status {reading.status}")
        report.expect(reading.seconds < LONGEST_SECONDS, f"{label}: {reading.seconds:.1f} s")
        report.expect(not NEVER_SHOWN.search(reading.text), f"{label}: unchecked words")
    for reading in settled:
        source = wanted.get(reading.mode, "template")
        report.expect(reading.source == source, f"{reading.mode}, {reading.what}: {reading.source}")
    report.expect(not personal, f"questions tell of {personal[:3]}")


def told_of_people(arena: Arena, prompts: list[dict]) -> list[str]:
    """Return what of the demo's people and shops stands in questions to the AI."""
    known = json.loads(arena.manage("shell", "-v", "0", "-c", PERSONAL).stdout)
    said = json.dumps(prompts, ensure_ascii=False).lower()
    return [text for text in known if text.lower() in said]


# ── The AI ─────────────────────────────────────────────────────────────────────────────
@contextmanager
def an_ai(arena: Arena) -> Iterator["Ai"]:
    """Play the AI in this process, and start web and worker anew so that they know it."""
    ai, before = Ai(arena), dict(arena.env)
    arena.env |= {
        "QWEN_API_KEY": KEY,
        "QWEN_BASE_URL": f"{ai.url}/compatible-mode/v1",
        "QWEN_TIMEOUT_SECONDS": str(AI_SECONDS),
    }
    try:
        for piece in ("web", "worker"):
            arena.restart(piece)
        arena.wait_until_ready()
        yield ai
    finally:
        ai.stop()
        arena.env = before
        for piece in ("web", "worker"):
            arena.restart(piece)
        arena.wait_until_ready()


@dataclass
class Ai:
    """The simulator, and what a proof needs of the product's memory of it."""

    arena: Arena

    def __post_init__(self) -> None:
        self.listening, self.url = server.start(key=KEY)

    def read_in(self, modes: Sequence[str], people: list, readers: int) -> Iterator[Reading]:
        """Let people read in each mode: before the AI was asked, while it works, and after."""
        for mode in modes:
            self.begin(mode)
            for number in range(readers):
                yield from _read(people, mode, f"reader {number + 1}")
            until(self.is_idle, seconds=SETTLE_SECONDS)
            yield from _read(people, mode, "settled")
            if mode == STOPPED:
                self.begin_to_listen()

    def begin(self, mode: str) -> None:
        self.forget()
        behaviours.reset()
        if mode == STOPPED:
            self.stop()
        else:
            behaviours.order(mode=mode, seconds=10 if mode == "slow" else None)

    def forget(self) -> None:
        """Let everything be asked anew, by a breaker that is closed."""
        with self.arena.database() as connection:
            connection.execute("TRUNCATE core_aitext CASCADE")
        with redis.Redis.from_url(self.arena.redis_url) as connection:
            if keys := list(connection.scan_iter("*ai:breaker:*")):
                connection.delete(*keys)

    def is_idle(self) -> bool:
        """No text waits for its first try, and none is being tried; or the breaker spares the AI."""
        with redis.Redis.from_url(self.arena.redis_url) as connection:
            if any(connection.scan_iter("*ai:breaker:open*")):
                return True
        with self.arena.database() as connection:
            asked = "SELECT count(*) FROM core_aitext WHERE state = 'WAITING' AND reason = ''"
            return not connection.execute(asked).fetchone()[0]

    def stop(self) -> None:
        self.listening.shutdown()
        self.listening.server_close()

    def begin_to_listen(self) -> None:
        port = urlsplit(self.url).port
        self.listening = server.serve(host="127.0.0.1", port=port, key=KEY)
        threading.Thread(target=self.listening.serve_forever, args=[0.05], daemon=True).start()


# ── Readers ────────────────────────────────────────────────────────────────────────────
def _read(people: list, mode: str, when: str) -> Iterator[Reading]:
    for person in people:
        for path in person.paths:
            begun = time.monotonic()
            status, text = person.get(path)
            seconds = time.monotonic() - begun
            source = "qwen" if person.AIS_OWN.search(text) else "template"
            yield Reading(mode, f"{path}, {when}", status, seconds, source, text)


@dataclass
class Browser:
    """Somebody signed in by page; `AIS_OWN` marks words of the AI in what they read."""

    arena: Arena
    email: str
    password: str
    paths: tuple[str, ...] = ()
    AIS_OWN = re.compile(r"✦|ource\": ?\"qwen\"")
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        token = TOKEN_FIELD.search(self.get("/accounts/login/")[1])[1]
        form = {"login": self.email, "password": self.password, "csrfmiddlewaretoken": token}
        status, _ = self.get("/accounts/login/", urllib.parse.urlencode(form).encode())
        if status != 200:
            raise RuntimeError(f"{self.email} could not sign in: {status}")

    def get(self, path: str, form: bytes | None = None) -> tuple[int, str]:
        try:
            with self.opener.open(self.arena.address + path, form, TIMEOUT_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")


class Officer(Browser):
    """A bank's officer before the credit pages of all three shops."""

    def __init__(self, arena: Arena):
        paths = tuple(f"/portal/merchant/{code}/" for code in SHOPS.values())
        super().__init__(arena, "bank1@bca.com", DEMO_PASSWORDS["bank"], paths)


class Merchant(Browser):
    """A shop's owner, by page and by API."""

    API = ("credit-detail", "loan-timing", "product-insights", "alerts")

    def __init__(self, arena: Arena, letter: str):
        email = f"merchant.{letter}@example.com"
        self.caller = Caller(arena.address)
        body = {"email": email, "password": DEMO_PASSWORDS["merchant"]}
        answer = self.caller.call("POST", "/api/auth/login", body)
        self.caller.token = answer.json["data"]["accessToken"]
        paths = (*(f"/api/merchant/{name}" for name in self.API), "/m/skor/")
        if letter == "a":
            # Nothing is wrong there: no warning has words.
            paths = tuple(path for path in paths if not path.endswith("alerts"))
        super().__init__(arena, email, DEMO_PASSWORDS["merchant"], paths)

    def get(self, path: str, form: bytes | None = None) -> tuple[int, str]:
        if not path.startswith("/api/"):
            return super().get(path, form)
        answer = self.caller.call("GET", path)
        return answer.status, answer.body.decode()
