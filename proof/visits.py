"""A merchant's first visit from door to door: every call of the core once, each with its time."""

import http.cookiejar
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from proof.caller import TIMEOUT_SECONDS, Answer, Caller, new_shop
from proof.ledger import cash_sale

TOKEN_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Step:
    """One call of a visit: what was wanted, what came, how long it took."""

    name: str
    wanted: tuple[int, ...]
    status: int
    seconds: float
    body: bytes = b""

    @property
    def is_as_wanted(self) -> bool:
        return self.status in self.wanted


@dataclass
class Visit:
    """What one new merchant did and got."""

    address: str
    rng: random.Random
    # Whether the gateway answers; None when it may or may not.
    gateway: bool | None = True
    # Whether it is asked what became of a sale.
    checks: bool = True
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shop = new_shop(self.rng)
        self.caller = Caller(self.address)

    def pay_a_visit(self) -> "Visit":
        """Do everything once, in a merchant's order. A step that fails does not end the visit."""
        register = self.call("register", "POST", "/api/auth/register", self.shop.registration())
        if register.status == 201:
            self._work()
            self._sell_by_qris()
            self._browse()
            self._forget_the_password()
        self.call("live", "GET", "/health/live", wanted=(200,))
        self.caller.close()
        return self

    def call(self, name, method, path, body=None, *, wanted=(200, 201), key="") -> Answer:
        begun = time.monotonic()
        answer = self.caller.call(method, path, body, key=key)
        self._note(name, wanted, answer.status, time.monotonic() - begun, answer.body)
        return answer

    def _work(self) -> None:
        tokens = self.call("log in", "POST", "/api/auth/login", self.shop.credentials())
        if tokens.status != 200:
            return
        refresh = {"refreshToken": tokens.json["data"]["refreshToken"]}
        renewed = self.call("refresh", "POST", "/api/auth/refresh", refresh)
        self.caller.token = (renewed if renewed.status == 200 else tokens).json["data"][
            "accessToken"
        ]
        self.call("dashboard, no sales", "GET", "/api/merchant/dashboard")
        sale = cash_sale(self.rng, self.shop)
        first = self.call("cash sale", "POST", sale.path, sale.body, key=sale.key)
        again = self.call("cash sale again", "POST", sale.path, sale.body, key=sale.key)
        if first.body != again.body:
            self._note("cash sale again", ("the same bytes",), again.status, 0, again.body)
        self.call("recalculate", "POST", "/api/merchant/recalculate")
        self.call("credit-detail", "GET", "/api/merchant/credit-detail")
        self.call("dashboard", "GET", "/api/merchant/dashboard")
        self.call("product insights", "GET", "/api/merchant/product-insights")
        self.call("list", "GET", "/api/transactions?limit=50")
        self.call("export", "GET", "/api/transactions/export.csv")

    def _sell_by_qris(self) -> None:
        """The one thing that needs the gateway: without it a clear refusal, and a sale that waits."""
        wanted = {True: (201,), False: (503,), None: (201, 503)}[self.gateway]
        body = {"type": "QRIS", "amount": self.rng.randrange(10_000, 90_000, 500)}
        key = f"qris-{self.rng.getrandbits(60):x}"
        path = "/api/transactions/create"
        self.call("QRIS sale", "POST", path, body, wanted=wanted, key=key)
        found = self.call("list of QRIS sales", "GET", "/api/transactions?type=QRIS")
        rows = found.json["data"] if found.status == 200 else []
        if len(rows) != 1 or rows[0]["status"] != "Pending":
            self._note("list of QRIS sales", ("one that waits",), found.status, 0, found.body)
        for row in rows if self.checks else ():
            path = f"/api/transactions/{row['transactionId']}/check-status"
            self.call("QRIS check", "GET", path)

    def _browse(self) -> None:
        """Sign in by page and look at the home page."""
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = self._visit_page(browser, "sign-in page", "/accounts/login/")
        if not (token := TOKEN_FIELD.search(page)):
            return
        form = {
            "login": self.shop.email,
            "password": self.shop.password,
            "csrfmiddlewaretoken": token[1],
        }
        self._visit_page(browser, "sign in by page", "/accounts/login/", form)
        home = self._visit_page(browser, "home page", "/m/")
        if "/accounts/logout/" not in home:
            self._note("home page", ("signed in",), 0, 0, home.encode())

    def _forget_the_password(self) -> None:
        body = {"email": self.shop.email}
        self.call("forgotten password", "POST", "/api/auth/request-password-reset", body)

    def _visit_page(self, browser, name: str, path: str, form: dict | None = None) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        begun, status, text = time.monotonic(), 0, ""
        try:
            with browser.open(self.address + path, data, timeout=TIMEOUT_SECONDS) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode(errors="replace")
        except OSError as error:
            text = repr(error)
        self._note(name, (200,), status, time.monotonic() - begun, text.encode())
        return text

    def _note(self, name, wanted, status: int, seconds: float, body: bytes) -> None:
        kept = b"" if status in wanted else body[:300]
        self.steps.append(Step(name, wanted, status, seconds, kept))
