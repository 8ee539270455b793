"""CPU per request and throughput of the endpoints that people use all day."""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count as counter

from django.utils import timezone

from bench import data
from bench.report import Table, median_ms, percentile
from bench.servers import Server, call, cpu_between, sign_in, web_server
from scoring.services.scores import recalculate

CONNECTIONS = 16


@dataclass(frozen=True)
class Endpoint:
    """One call to measure. `reference` is the public implementation's CPU per request, in ms."""

    name: str
    method: str
    path: str
    token: str
    reference: str = "–"
    body: Callable[[], dict] | None = None


def _drive(server: Server, endpoint: Endpoint, *, seconds: float, connections: int) -> list[float]:
    """Call an endpoint from many connections for some seconds; return each call's seconds."""
    taken: list[float] = []
    stop = time.perf_counter() + seconds

    def worker():
        line = server.connect()
        while time.perf_counter() < stop:
            body = endpoint.body() if endpoint.body else None
            started = time.perf_counter()
            status, answer = call(
                line, endpoint.method, endpoint.path, token=endpoint.token, body=body
            )
            if status >= 400:
                raise RuntimeError(f"{endpoint.name} answered {status}: {answer[:200]!r}")
            taken.append(time.perf_counter() - started)

    threads = [threading.Thread(target=worker) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _measure(server: Server, endpoint: Endpoint, seconds: float) -> dict:
    _drive(server, endpoint, seconds=1, connections=4)
    before = server.cpu()
    alone = _drive(server, endpoint, seconds=seconds, connections=1)
    cpu = cpu_between(before, server.cpu()) / len(alone) * 1000
    crowd = _drive(server, endpoint, seconds=seconds, connections=CONNECTIONS)
    return {
        "endpoint": endpoint.name,
        "cpu_ms": cpu,
        "reference_cpu_ms": endpoint.reference,
        "alone_p50_ms": median_ms(alone),
        "crowd_p50_ms": median_ms(crowd),
        "crowd_p99_ms": percentile(crowd, 0.99) * 1000,
        "requests_per_second": len(crowd) / seconds,
    }


def requests(seconds: float = 5.0, merchants: int = 10_000, sales: int = 100_000) -> Table:
    """Measure each endpoint beside `merchants` other shops and a history of `sales` sales."""
    now = timezone.now()
    data.many_merchants(merchants, now=now)
    shop = data.merchant_with_sales(sales)
    recalculate(merchant=shop, now=now)
    officer = data.a_bank_officer()
    table = Table(
        "endpoints",
        [
            "endpoint",
            "cpu_ms",
            "reference_cpu_ms",
            "alone_p50_ms",
            "crowd_p50_ms",
            "crowd_p99_ms",
            "requests_per_second",
        ],
    )
    with web_server() as server:
        merchant = sign_in(server, email=shop.owner.email, password=data.PASSWORD)
        bank = sign_in(server, email=officer.email, password=data.PASSWORD)
        for endpoint in _endpoints(merchant, bank, sales):
            table.add(**_measure(server, endpoint, seconds))
        table.notes.append(
            f"{CONNECTIONS} connections; the client shares the cores with the server"
        )
    return table


def _endpoints(merchant: str, bank: str, sales: int) -> list[Endpoint]:
    number = counter(1)

    def a_sale() -> dict:
        return {
            "type": "CASH",
            "amount": 10_000 + next(number) % 1000,
            "description": "Kopi",
            "productName": "Kopi",
        }

    return [
        Endpoint("dashboard", "GET", "/api/merchant/dashboard", merchant, "4.9–9.3"),
        Endpoint("credit-detail", "GET", "/api/merchant/credit-detail", merchant, "1.4–3.3"),
        Endpoint("sales page 1", "GET", "/api/transactions", merchant, "3.3–4.4"),
        Endpoint("sales last page", "GET", f"/api/transactions?page={sales // 20}", merchant),
        Endpoint("cash sale", "POST", "/api/transactions/create", merchant, "4.7–6.3", a_sale),
        Endpoint("bank list", "GET", "/api/bank/merchants/all", bank, "2.4–4.0"),
        Endpoint("recalculate", "POST", "/api/merchant/recalculate", merchant),
    ]


def crowd_at_the_door(seconds: float = 6.0) -> Table:
    """
    How long others wait for their dashboard while 16 connections sign in. Goal: p50 at most × 3.

    Once the crowd comes back when it is told to, once it knocks on without a pause.
    """
    shop = data.merchant_with_sales(1_000)
    recalculate(merchant=shop, now=timezone.now())
    # Each its own account: attempts at one account are counted against it.
    comers = [data.a_merchant(f"door-{n}").owner.email for n in range(CONNECTIONS)]
    table = Table(
        "others-wait", ["situation", "p50_ms", "p99_ms", "sign_ins_per_second", "p50_times"]
    )
    with web_server() as server:
        token = sign_in(server, email=shop.owner.email, password=data.PASSWORD)
        page = Endpoint("dashboard", "GET", "/api/merchant/dashboard", token)
        quiet = median_ms(_drive(server, page, seconds=seconds, connections=1))
        for situation, pause in (
            ("quiet", None),
            ("16 signing in", 1.0),
            ("16 without a pause", 0.0),
        ):
            with _crowd(server, comers if pause is not None else [], pause or 0.0) as signed_in:
                waits = _drive(server, page, seconds=seconds, connections=1)
                rate = len(signed_in) / seconds
            table.add(
                situation=situation,
                p50_ms=median_ms(waits),
                p99_ms=percentile(waits, 0.99) * 1000,
                sign_ins_per_second=rate,
                p50_times=median_ms(waits) / quiet,
            )
    return table


@contextmanager
def _crowd(server: Server, emails: list[str], pause: float):
    """Keep people signing in meanwhile; yield the growing list of those who got in."""
    stop, signed_in = threading.Event(), []
    crowd = [
        threading.Thread(target=_keep_signing_in, args=(server, email, pause, stop, signed_in))
        for email in emails
    ]
    for thread in crowd:
        thread.start()
    yield signed_in
    stop.set()
    for thread in crowd:
        thread.join()


def _keep_signing_in(
    server: Server, email: str, pause: float, stop: threading.Event, signed_in: list
) -> None:
    body = {"email": email, "password": data.PASSWORD}
    while not stop.is_set():
        status, _answer = call(server.connect(), "POST", "/api/auth/login", body=body)
        if status == 200:
            signed_in.append(email)
        else:
            stop.wait(pause)
