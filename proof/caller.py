"""Somebody who calls the product over HTTP: one connection each, so one caller for each thread."""

import http.client
import json
import random
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 20
# The web server closes connections that were idle for two seconds; one must not be met closing.
IDLE_SECONDS = 1
# No answer at all, or half of one: nobody knows whether the call had its effect.
BROKEN = 0


@dataclass(frozen=True)
class Answer:
    """What came back; status BROKEN when nothing whole did."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self):
        return json.loads(self.body)


class Caller:
    """Calls one address, on a connection kept open, with a bearer token once there is one."""

    def __init__(self, address: str, *, token: str = ""):
        self.place, self.token = urlsplit(address).netloc, token
        self.connection: http.client.HTTPConnection | None = None
        self.used_at = 0.0

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str = "",
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make one call, once; `raw` is sent instead of `body` as JSON. Breaks are answers too."""
        said = {"Content-Type": "application/json", "Accept-Language": "en"}
        if self.token:
            said["Authorization"] = f"Bearer {self.token}"
        if key:
            said["Idempotency-Key"] = key
        if raw is None and body is not None:
            raw = json.dumps(body).encode()
        if time.monotonic() > self.used_at + IDLE_SECONDS:
            self.close()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.place, timeout=TIMEOUT_SECONDS)
            self.connection.request(method, path, raw, said | (headers or {}))
            answer = self.connection.getresponse()
            # Reads to the announced length, or raises IncompleteRead.
            whole = Answer(answer.status, answer.read(), dict(answer.headers))
            self.used_at = time.monotonic()
            return whole
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(BROKEN)

    def hang_up(self, method: str, path: str, body: object, *, key: str) -> Answer:
        """Make a call and leave before the answer, as a network that dies at the worst moment does."""
        said = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self.token:
            said["Authorization"] = f"Bearer {self.token}"
        leaving = http.client.HTTPConnection(self.place, timeout=TIMEOUT_SECONDS)
        with suppress(OSError, http.client.HTTPException):
            leaving.request(method, path, json.dumps(body).encode(), said)
        leaving.close()
        return Answer(BROKEN)

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


@dataclass(frozen=True)
class Shop:
    """A merchant as its owner knows it."""

    email: str
    password: str

    def registration(self) -> dict[str, str]:
        return {
            "email": self.email,
            "password": self.password,
            "companyName": f"Toko {self.email.partition('@')[0]}",
            "fullName": "Sari Wulandari",
            "city": "Bandung",
            "address": "Jalan Merdeka 1",
            "phoneNumber": "+6281234567890",
        }

    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


def new_shop(rng: random.Random) -> Shop:
    """Make up a merchant that nobody knows yet, in no run of the same seed either."""
    name = f"toko{rng.getrandbits(60):x}-{secrets.token_hex(4)}"
    return Shop(f"{name}@example.com", f"Bakul-{rng.getrandbits(60):x}")


def open_shop(caller: Caller, shop: Shop, *, patience: float = 30) -> None:
    """Register a shop and sign its owner in. Raises RuntimeError when the doors stay shut."""
    key = f"register-{shop.email}"
    _insist(caller, "/api/auth/register", shop.registration(), 201, key=key, patience=patience)
    caller.token = sign_in(caller, shop, patience=patience)


def sign_in(caller: Caller, shop: Shop, *, patience: float = 30) -> str:
    """Return an access token. Raises RuntimeError when the door stays shut."""
    caller.token = ""
    answer = _insist(caller, "/api/auth/login", shop.credentials(), 200, patience=patience)
    return answer.json["data"]["accessToken"]


def _insist(caller: Caller, path: str, body: dict, wanted: int, *, patience: float, key: str = ""):
    deadline = time.monotonic() + patience
    while (answer := caller.call("POST", path, body, key=key)).status != wanted:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:300]!r}")
        time.sleep(0.2)
    return answer
