"""Sell at the demo shops over real HTTP, as their tills would."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.demo import ACCOUNTS
from accounts.models import Role
from merchants.demo import SHOPS
from transactions.demo import CHARACTERS

TIMEOUT_SECONDS = 10


class Command(BaseCommand):
    help = "Make cash sales at the demo shops, at a steady rate, over HTTP."

    def add_arguments(self, parser):
        parser.add_argument("--rate", type=float, default=5, help="Sales a second.")
        parser.add_argument("--seconds", type=float, default=60)
        parser.add_argument(
            "--merchant",
            action="append",
            choices=_owners(),
            metavar="EMAIL",
            help=f"Only these: {', '.join(_owners())}.",
        )
        parser.add_argument("--base-url", default=settings.BASE_URL)

    def handle(self, *, rate: float, seconds: float, merchant, base_url: str, **options):
        if rate <= 0 or seconds <= 0:
            raise CommandError("--rate and --seconds must be more than 0.")
        tills = [_opened_till(base_url, email) for email in merchant or _owners()]
        answers = Answers()
        try:
            _sell(tills, answers, rate=rate, total=max(1, round(rate * seconds)))
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
        self.stdout.write(answers.summary())


class Till:
    """One shop's place to sell: signed in, one connection for each thread that uses it."""

    def __init__(self, base_url: str, email: str):
        self.place, self.email = urlsplit(base_url), email
        self.products = CHARACTERS[_shop_of(email)].products
        self.local = threading.local()
        self.token = self._sign_in()

    def _sign_in(self) -> str:
        password = next(account.password for account in ACCOUNTS if account.email == self.email)
        body = {"email": self.email, "password": password}
        status, answer = self.call("/api/auth/login", body)
        if status != 200:
            raise CommandError(f"{self.email} could not sign in ({status}). Run seed_demo first.")
        return answer["data"]["accessToken"]

    def sell(self) -> int:
        """Make one cash sale; return the status of the answer."""
        product = random.choice(self.products)  # noqa: S311
        quantity = random.randint(1, 3)  # noqa: S311
        line = {
            "id": product.code,
            "name": product.name,
            "quantity": quantity,
            "price": product.price,
        }
        sale = {
            "type": "CASH",
            "amount": product.price * quantity,
            "productName": product.name,
            "productInfo": [line],
        }
        key = str(uuid.uuid4())
        status, _answer = self.call("/api/transactions/create", sale, key=key)
        if status == 401:
            # A long simulation outlives its first token.
            self.token = self._sign_in()
            status, _answer = self.call("/api/transactions/create", sale, key=key)
        return status

    def call(self, path: str, body: dict, *, key: str = "") -> tuple[int, dict]:
        try:
            return self._call(path, body, key)
        except (http.client.RemoteDisconnected, ConnectionError):
            # Servers close connections that were idle; the key keeps a repeat from selling twice.
            return self._call(path, body, key)

    def _call(self, path: str, body: dict, key: str) -> tuple[int, dict]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        connection = self._connection()
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, _json(answer.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            raise

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self.local, "connection"):
            secure = self.place.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self.local.connection = kind(self.place.netloc, timeout=TIMEOUT_SECONDS)
        return self.local.connection


class Answers:
    """What came back, and how long it took."""

    def __init__(self):
        self.statuses: Counter = Counter()
        self.milliseconds: list[float] = []

    def add(self, status: int | str, seconds: float) -> None:
        self.statuses[status] += 1
        self.milliseconds.append(1000 * seconds)

    def summary(self) -> str:
        if not self.milliseconds:
            return "No sale was made."
        counted = ", ".join(f"{status}: {count:,}" for status, count in self.statuses.most_common())
        times = sorted(self.milliseconds)
        p50, p95 = (times[int(share * (len(times) - 1))] for share in (0.5, 0.95))
        return f"{len(times):,} sales: {counted}; p50 {p50:.0f} ms, p95 {p95:.0f} ms"


def _sell(tills: list[Till], answers: Answers, *, rate: float, total: int) -> None:
    begun = time.perf_counter()
    pool = ThreadPoolExecutor(max_workers=min(64, max(2, int(rate))))
    try:
        with tqdm(total=total, unit="sale", disable=None) as bar:
            for number in range(total):
                # By the clock, so that slow answers do not slow the customers down.
                time.sleep(max(0, begun + number / rate - time.perf_counter()))
                pool.submit(_sell_one, tills[number % len(tills)], answers, bar)
            pool.shutdown()
    finally:
        pool.shutdown(cancel_futures=True)


def _sell_one(till: Till, answers: Answers, bar: tqdm) -> None:
    begun = time.perf_counter()
    try:
        status = till.sell()
    except (OSError, http.client.HTTPException, CommandError) as error:
        status = type(error).__name__
    answers.add(status, time.perf_counter() - begun)
    bar.update()


def _opened_till(base_url: str, email: str) -> Till:
    try:
        return Till(base_url, email)
    except (OSError, http.client.HTTPException) as error:
        raise CommandError(f"{base_url} does not answer: {error}") from error


def _json(raw: bytes) -> dict:
    try:
        return json.loads(raw)
    except ValueError:
        return {}


def _owners() -> list[str]:
    return [account.email for account in ACCOUNTS if account.role == Role.MERCHANT]


def _shop_of(email: str) -> str:
    return next(shop.code for shop in SHOPS if shop.owner == email)
