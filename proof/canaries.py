"""D9: personal data and secrets sent through everything, then searched in everything that is kept."""

import base64
import json
import random
import re
import secrets
import subprocess
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from psycopg import sql

from proof.arena import Arena
from proof.caller import Caller, Shop
from proof.ledger import cash_sale
from proof.mailbox import Mailbox
from proof.members import MEMBER_NAME
from proof.report import Report

NAME = "canaries"
GOAL = (
    "phones, addresses, tax and national IDs, passwords, tokens and keys lie nowhere in plain text"
)
SIZES = {"small": {"merchants": 12}, "large": {"merchants": 1_000}}
ARENA = {"pages": True}
# Secrets of the product itself; what makes them up is in the environment alone.
SECRETS = (
    *("SECRET_KEY", "JWT_ACCESS_TOKEN_SECRET", "JWT_REFRESH_TOKEN_SECRET", "BLIND_INDEX_KEY"),
    *("ENCRYPTION_KEYS", "PRIVATE_KEY"),
)
RESET_LINK = re.compile(r"/accounts/password/reset/key/([\w-]+)/")


@dataclass(frozen=True)
class Canary:
    """Something that must not be found, and whose it is."""

    kind: str
    text: str

    def forms(self) -> set[bytes]:
        """The text as it is, and as whoever encodes without encrypting would write it."""
        texts = {self.text, self.text.upper(), self.text.lower(), urllib.parse.quote(self.text)}
        texts |= {urllib.parse.quote_plus(self.text)}
        if self.kind in ("phone", "tax ID", "national ID"):
            digits = "".join(filter(str.isdigit, self.text))
            texts |= {digits, digits.removeprefix("62"), f"+{digits}"}
        forms = {text.encode() for text in texts}
        return forms | {form for text in forms for form in _encoded(text)}


def _encoded(text: bytes) -> Iterator[bytes]:
    yield text.hex().encode()
    # Base64 of a longer text holds this one at one of three offsets; the edges depend on neighbours.
    for offset in range(3):
        letters = base64.b64encode(bytes(offset) + text)
        yield letters[4 if offset else 0 : len(letters) - 4]


@dataclass(frozen=True)
class Bird:
    """One merchant, whose data are all canaries."""

    shop: Shop
    phone: str
    address: str
    tax_id: str
    national_id: str
    wrong_password: str

    def registration(self) -> dict:
        return self.shop.registration() | {"phoneNumber": self.phone, "address": self.address}

    def canaries(self) -> list[Canary]:
        return [
            Canary("phone", "+62" + "".join(filter(str.isdigit, self.phone))[1:]),
            Canary("address", self.address),
            Canary("tax ID", self.tax_id),
            Canary("national ID", self.national_id),
            Canary("password", self.shop.password),
            Canary("wrong password", self.wrong_password),
        ]


def hatch(rng: random.Random) -> Bird:
    number = f"{rng.randrange(10**8):08}"
    mark = f"{rng.getrandbits(60):015x}"
    return Bird(
        Shop(f"burung{secrets.token_hex(8)}@example.com", f"Kicau-{rng.getrandbits(60):015x}"),
        phone=f"0812-{number[:4]}-{number[4:]}",
        address=f"Gang Kenari {mark} Nomor 7",
        tax_id=f"{rng.randrange(10**15, 10**16)}",
        national_id=f"{rng.randrange(10**15, 10**16)}",
        wrong_password=f"Salah-{rng.getrandbits(60):015x}",
    )


def run(arena: Arena, *, seed: int, merchants: int) -> Report:
    begun = time.monotonic()
    report = Report(NAME, GOAL, seed, {"merchants": merchants})
    rng = random.Random(seed)
    birds = [hatch(rng) for _ in range(merchants)]
    nest = arena.copy.folder("canaries")
    with Mailbox() as mailbox:
        _post_to(arena, mailbox)
        cage = Cage(arena, nest, birds, rng)
        cage.fly(mailbox)
    arena.env.pop("EMAIL_URL")
    canaries = [*cage.canaries, *(Canary(name, arena.env[name]) for name in SECRETS)]
    canaries += [Canary("ENCRYPTION_KEYS", arena.env["ENCRYPTION_KEYS"].partition(":")[2])]
    _dump(arena, nest)
    control = Canary("phone", f"+62811{rng.randrange(10**8):08}")
    search = Search(nest, [*canaries, control])
    places = [nest, arena.logs, *_kept_beside(arena)]
    hits = search.hits(places)
    _tell(report, cage, canaries, search, places, hits)
    _expect_to_find_what_is_planted(search, control, nest, report)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _post_to(arena: Arena, mailbox: Mailbox) -> None:
    arena.env["EMAIL_URL"] = "smtp://{}:{}".format(*mailbox.address)
    arena.restart("worker")


class Cage:
    """Has every bird use everything, and keeps what came out."""

    def __init__(self, arena: Arena, nest: Path, birds: list[Bird], rng: random.Random):
        self.arena, self.nest, self.birds, self.rng = arena, nest, birds, rng
        self.caller = Caller(arena.address)
        self.canaries = [canary for bird in birds for canary in bird.canaries()]
        self.answers: Counter[int] = Counter()
        self.desks: Counter[int] = Counter()

    def fly(self, mailbox: Mailbox) -> None:
        for bird in self.birds:
            self._live(bird)
        self._get_new_passwords(mailbox)
        self._store_tax_ids()
        self._live_in_a_koperasi()
        # What waits in the broker waits in full sight.
        self.arena.kill("worker")
        for bird in self.birds[:20]:
            self._sign_in(bird)
            self._sell(bird)
            self._call("POST", "/api/auth/request-password-reset", {"email": bird.shop.email})
        _look_into_redis(self.arena, self.nest / "redis-waiting.txt")
        self._break_things()
        self.arena.start("worker")
        self._open_back_office()
        self._keep("metrics.txt", self._call("GET", "/metrics").body)
        self.caller.close()

    # ── A merchant's life ──────────────────────────────────────────────────────────────
    def _live(self, bird: Bird) -> None:
        form = bird.registration()
        self._call("POST", "/api/auth/register", form, key=f"register {bird.shop.email}")
        # Taken, malformed, of the wrong kind: refused, and never quoted in a log.
        self._call("POST", "/api/auth/register", form)
        self._call("POST", "/api/auth/register", form | {"email": form, "phoneNumber": [form]})
        text = repr(form | {"phoneNumber": f"{bird.phone}\0{bird.address}"})
        self._call("POST", "/api/auth/register", raw=text.encode())
        wrong = bird.shop.credentials() | {"password": bird.wrong_password}
        self._call("POST", "/api/auth/login", wrong)
        self._sign_in(bird)
        self._sell(bird)
        for path in (
            "/api/merchant/profile",
            "/api/merchant/dashboard",
            f"/api/transactions?search={urllib.parse.quote(bird.phone)}",
            f"/api/transactions?page={urllib.parse.quote(bird.address)}",
        ):
            self._call("GET", path)
        self._call("POST", "/api/merchant/recalculate", form)
        self._keep("exports.csv", self._call("GET", "/api/transactions/export.csv").body)
        self._call("POST", "/api/auth/request-password-reset", {"email": bird.shop.email})
        self._call("POST", "/api/auth/reset-password", {"resetToken": bird.wrong_password})

    def _sign_in(self, bird: Bird) -> None:
        self.caller.token = ""
        answer = self._call("POST", "/api/auth/login", bird.shop.credentials())
        if answer.status != 200:
            return
        refresh = {"refreshToken": answer.json["data"]["refreshToken"]}
        renewed = self._call("POST", "/api/auth/refresh", refresh)
        for tokens in (answer.json["data"], renewed.json["data"]):
            self.canaries += [Canary("token", tokens[n]) for n in ("accessToken", "refreshToken")]
        self.caller.token = renewed.json["data"]["accessToken"]

    def _sell(self, bird: Bird) -> None:
        sale = cash_sale(self.rng, bird.shop)
        sold = self._call("POST", sale.path, sale.body, key=sale.key)
        self._call("POST", sale.path, sale.body | {"amount": bird.phone}, key=sale.key)
        self._call("POST", sale.path, {"type": "QRIS", "amount": 10_000})
        if sold.status == 201:
            path = f"/api/transactions/{sold.json['data']['transactionId']}/refund"
            self._call("POST", path, {"amount": 100, "reason": "Tumpah"})
            self._call("POST", path, {"amount": bird.phone, "reason": [bird.address]})

    def _get_new_passwords(self, mailbox: Mailbox) -> None:
        """Open the links, as mail programs do, and use them."""
        deadline = time.monotonic() + 60
        while len(mailbox.mails) < len(self.birds) and time.monotonic() < deadline:
            time.sleep(0.2)
        links = {mail["To"]: RESET_LINK.search(mail.get_content()) for mail in mailbox.mails}
        for bird in self.birds:
            if link := links.get(bird.shop.email):
                self.canaries.append(Canary("reset token", link[1].partition("-")[2]))
                form = {"resetToken": link[1], "newPassword": bird.shop.password}
                self._call("GET", f"/accounts/password/reset/key/{link[1]}/")
                self._call("POST", "/api/auth/reset-password", form)
        # The link is all that a mail may hold.
        for mail in mailbox.mails:
            self._keep("mails.txt", RESET_LINK.sub("", mail.get_content()).encode())

    def _store_tax_ids(self) -> None:
        """No page asks for them yet; their columns are there."""
        numbers = {bird.shop.email: (bird.tax_id, bird.national_id) for bird in self.birds}
        code = (
            "from merchants.models import Merchant\n"
            f"numbers = {numbers!r}\n"
            "for shop in Merchant.objects.filter(owner__email__in=numbers).select_related('owner'):\n"
            "    shop.tax_id, shop.national_id = numbers[shop.owner.email]\n"
            "    shop.save()\n"
        )
        script = self.arena.copy.var_dir / "tax_ids.py"
        script.write_text(code)
        self.arena.manage("shell", "-c", f"exec(open({str(script)!r}).read())")
        script.unlink()

    def _live_in_a_koperasi(self) -> None:
        """Have the same people join a koperasi, whose pages and files know their identity numbers."""
        numbers = self.arena.copy.var_dir / "members.json"
        numbers.write_text(json.dumps([bird.national_id for bird in self.birds]))
        pages = self.arena.manage(
            "shell", "-v", "0", "-c", f"from proof.members import live; live({str(numbers)!r})"
        )
        numbers.unlink()
        statuses = re.findall(r"^([0-9]{3}) /", pages.stdout, re.MULTILINE)
        self.desks.update(map(int, statuses))
        self._keep("koperasi.html", (pages.stdout + pages.stderr).encode())

    # ── Where much is written down ─────────────────────────────────────────────────────
    def _break_things(self) -> None:
        """Have the database vanish under registrations and sign-ins."""
        self.arena.kill("postgres")
        for bird in self.birds[:5]:
            self._call("POST", "/api/auth/register", bird.registration())
            self._call("POST", "/api/auth/login", bird.shop.credentials())
        self.arena.start("postgres")
        self.arena.wait_until_ready()

    def _open_back_office(self) -> None:
        """Draw the desks that show merchants, as an administrator sees them."""
        code = (
            "from django.test import Client\n"
            "from accounts.models import User\n"
            "from merchants.models import Merchant\n"
            "admin = User.objects.filter(email='desk@example.com').first() or "
            "User.objects.create_superuser('desk@example.com', None)\n"
            "client = Client()\n"
            "client.force_login(admin)\n"
            "paths = ['merchants/merchant/', 'accounts/user/', 'core/auditentry/',"
            " 'core/outboxevent/', 'core/idempotencyrecord/', 'accounts/refreshsession/']\n"
            "paths += [f'merchants/merchant/{m.pk}/change/' for m in Merchant.objects.all()[:50]]\n"
            "for path in paths:\n"
            "    answer = client.get('/admin/' + path, headers={'host': 'localhost'})\n"
            "    print(answer.status_code, path)\n"
            "    print(answer.content.decode())\n"
        )
        pages = self.arena.manage("shell", "-c", code)
        statuses = re.findall(r"^([0-9]{3}) [a-z]+/[a-z]+/", pages.stdout, re.MULTILINE)
        self.desks.update(map(int, statuses))
        self._keep("back-office.html", (pages.stdout + pages.stderr).encode())

    def _call(self, method, path, body=None, *, key="", raw=None):
        answer = self.caller.call(method, path, body, key=key, raw=raw)
        self.answers[answer.status] += 1
        return answer

    def _keep(self, name: str, text: bytes) -> None:
        with (self.nest / name).open("ab") as file:
            file.write(text + b"\n")


# ── Everything that is kept ────────────────────────────────────────────────────────────
def _dump(arena: Arena, nest: Path) -> None:
    """Write every row of every table as text, and all that Redis holds."""
    with arena.everything() as database, (nest / "database.txt").open("wb") as file:
        tables = database.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
        ).fetchall()
        for table in tables:
            rows = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(*table))
            with database.cursor().copy(rows) as copy:
                for piece in copy:
                    file.write(bytes(piece))
    _look_into_redis(arena, nest / "redis.txt")


def _look_into_redis(arena: Arena, path: Path) -> None:
    readers = {
        b"string": lambda broker, key: [broker.get(key) or b""],
        b"list": lambda broker, key: broker.lrange(key, 0, -1),
        b"set": lambda broker, key: list(broker.smembers(key)),
        b"zset": lambda broker, key: broker.zrange(key, 0, -1),
        b"hash": lambda broker, key: [
            part for pair in broker.hgetall(key).items() for part in pair
        ],
    }
    with redis.Redis.from_url(arena.redis_url) as broker, path.open("wb") as file:
        for key in broker.scan_iter(count=1000):
            kind = broker.type(key)
            for value in [key, *(readers[kind](broker, key) if kind in readers else [])]:
                file.write(value + b"\n")


def _kept_beside(arena: Arena) -> list[Path]:
    """Redis' own file of everything it was ever told, uploads, audit heads, the gateway's store."""
    names = ("redis", "media", "audit", "metrics", "beat", "paylabs")
    return [path for name in names if (path := arena.copy.var_dir / name).exists()]


class Search:
    """Looks for all forms of all canaries at once."""

    def __init__(self, nest: Path, canaries: list[Canary]):
        self.known = {form: canary for canary in canaries for form in canary.forms() if form}
        self.patterns = nest.with_name("canaries.patterns")
        self.patterns.write_bytes(b"\n".join(sorted(self.known)) + b"\n")

    def hits(self, places: list[Path]) -> list[tuple[str, Canary]]:
        """Return where which canary sits."""
        command = ["grep", "-r", "-a", "-o", "-H", "-Z", "-F", "-f", str(self.patterns)]
        found = subprocess.run(
            [*command, "--", *map(str, places)],
            env={"LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
        if found.returncode > 1:
            raise RuntimeError(f"grep failed: {found.stderr[:300]!r}")
        pairs = (line.split(b"\0", 1) for line in found.stdout.splitlines() if b"\0" in line)
        return [(Path(name.decode()).name, self.known[form]) for name, form in pairs]


def _tell(report: Report, cage: Cage, canaries, search: Search, places, hits) -> None:
    size = sum(
        file.stat().st_size for place in places for file in place.rglob("*") if file.is_file()
    )
    report.figures |= {
        "canaries": dict(Counter(canary.kind for canary in canaries)),
        "spellings": len(search.known),
        "calls": cage.answers.total(),
        "searched, MB": round(size / 1e6, 1),
        "found": len(hits),
    }
    places_of = Counter(f"{canary.kind} in {name}" for name, canary in hits)
    for text, count in places_of.most_common(20):
        report.failures.append(f"{text} ({count}×)")
    refused = sum(cage.answers[status] for status in (200, 201)) < cage.answers.total() / 4
    report.expect(not refused, f"hardly anything worked: {dict(cage.answers)}")
    report.expect(set(cage.desks) == {200}, f"desks: {cage.desks}")
    is_complete = MEMBER_NAME.format(0).encode() in (cage.nest / "database.txt").read_bytes()
    report.expect(is_complete, "what was dumped lacks the rows of a koperasi")
    report.figures["desks looked at"] = sum(cage.desks.values())
    report.expect(not cage.answers[500], f"{cage.answers[500]} answers of 500")


def _expect_to_find_what_is_planted(
    search: Search, control: Canary, nest: Path, report: Report
) -> None:
    """Somebody who finds nothing may be blind: each spelling of one more canary is planted and sought."""
    planted = nest / "planted.log"
    forms = sorted(control.forms())
    planted.write_bytes(b"\n".join(b'{"event": "' + form + b'"}' for form in forms))
    found = sum(name == planted.name for name, _ in search.hits([nest]))
    planted.unlink()
    report.figures["spellings planted and found"] = found
    report.expect(found >= len(forms), f"of {len(forms)} planted spellings {found} were found")
