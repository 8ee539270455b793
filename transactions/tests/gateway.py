"""
Paylabs' simulator as a process of its own, and the hand that a test has on it.

`paylabs` (conftest.py) gives it to a test: `.pay(trade_no)`, `.fail(trade_no)`, `.behave("query", "hang")`,
`.settle()`, `.order(trade_no)`, `.callbacks(trade_no)`, `.until(condition)`.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from deploy.simulators.paylabs.keys import new_keys
from transactions.paylabs.keys import private_key
from transactions.paylabs.signing import sign, timestamp_of

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20
_open = build_opener(ProxyHandler({})).open


class Refused(Exception):
    """The simulator answered with something else than 200."""

    def __init__(self, status: int, answer: dict | str):
        super().__init__(f"{status}: {answer}")
        self.status, self.answer = status, answer


@dataclass
class Paylabs:
    """A running simulator. What it is told and what it tells are the control API's words."""

    url: str
    keys: dict[str, str]
    process: subprocess.Popen | None = None

    # ── What a payer and a tester do ──
    def pay(self, trade_no: str, **faults) -> dict:
        """Pay an order; `issuer` and every fault of deploy/simulators/paylabs/faults.py may be named."""
        return self._tell(f"orders/{trade_no}/pay", faults)

    def fail(self, trade_no: str, **faults) -> dict:
        """Let the payment of a pending order fail."""
        return self._tell(f"orders/{trade_no}/fail", faults)

    def announce(self, trade_no: str, status: str, **faults) -> dict:
        """Send callbacks of any status without touching the order."""
        return self._tell(f"orders/{trade_no}/announce", {"status": status, **faults})

    def resend(self, callback_id: int) -> dict:
        return self._tell(f"callbacks/{callback_id}/resend", {})

    def behave(self, kind: str, mode: str, *, seconds: float | None = None, times=None) -> dict:
        """Let calls of a kind go wrong, `times` of them or all; modes are in behaviours.py."""
        return self._tell("behaviours", {kind: {"mode": mode, "seconds": seconds, "times": times}})

    def settle(self) -> int:
        """Settle everything paid until now and return how many orders that were."""
        return self._tell("settlement", {})["settled"]

    def distort(self, trade_no: str, **changes) -> dict:
        """Make an order's settlement row untrue: missing=True, twice=True, or fields by name."""
        return self._tell(f"orders/{trade_no}/distort", changes)

    def reset(self) -> None:
        """Forget every order and behaviour, and release answers that hang."""
        self._tell("reset", {})

    # ── What it knows ──
    def order(self, trade_no: str) -> dict:
        return self._ask(f"orders/{trade_no}")

    def callbacks(self, trade_no: str) -> list[dict]:
        """Return an order's callbacks, each with its state and its `sendings`."""
        return self._ask(f"orders/{trade_no}/callbacks")["callbacks"]

    def until(self, condition: Callable[[], object], *, seconds: float = 10):
        """Return the first true value of `condition`. Fails when none comes in time."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain")
            time.sleep(0.02)
        return value

    def until_told(self, trade_no: str, *, seconds: float = 10) -> list[dict]:
        """Wait until no callback of an order is waiting any more, and return them."""
        return self.until(
            lambda: (
                [each["state"] for each in self.callbacks(trade_no)].count("WAITING") == 0
                and self.callbacks(trade_no)
            ),
            seconds=seconds,
        )

    # ── The gateway's own wire, for tests that need no client of ours ──
    def call(self, path: str, *, headers: dict | None = None, key: str = "", **fields) -> dict:
        """Send one signed call, `qris/create` for example, and return its answer's fields."""
        path, request_id = f"/payment/v2.3/{path}", secrets.token_hex(16)
        body = json.dumps(
            {"merchantId": self.keys["MID"], "requestId": request_id, **fields}
        ).encode()
        timestamp = (headers or {}).get("X-TIMESTAMP") or timestamp_of(datetime.now(UTC))
        signer = private_key(key or self.keys["PRIVATE_KEY"])
        return self._send(
            path,
            body,
            {
                "X-TIMESTAMP": timestamp,
                "X-SIGNATURE": sign(key=signer, path=path, body=body, timestamp=timestamp),
                "X-PARTNER-ID": self.keys["MID"],
                "X-REQUEST-ID": request_id,
                **(headers or {}),
            },
        )

    def _tell(self, what: str, values: dict) -> dict:
        return self._send(f"/control/{what}", json.dumps(values).encode())

    def _ask(self, what: str) -> dict:
        return self._send(f"/control/{what}")

    def _send(self, path: str, body: bytes | None = None, headers: dict | None = None) -> dict:
        headers = {"Content-Type": "application/json;charset=utf-8", **(headers or {})}
        request = Request(self.url + path, data=body, headers=headers)
        try:
            with _open(request, timeout=30) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise Refused(error.code, json.load(error)) from None


@contextmanager
def simulator(
    folder: Path, *, keys: dict[str, str] | None = None, port: int = 0, **variables: str
) -> Iterator[Paylabs]:
    """Run a simulator whose orders lie in `folder`; `variables` are more of its environment."""
    port, keys = port or _free_port(), keys or new_keys()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        **keys,
        "DJANGO_SETTINGS_MODULE": "deploy.simulators.paylabs.settings",
        "PAYLABS_SIMULATOR_URL": url,
        "PAYLABS_SIMULATOR_BIND": f"127.0.0.1:{port}",
        "PAYLABS_SIMULATOR_STORE": str(folder / "paylabs.sqlite3"),
        "PAYLABS_SIMULATOR_RETRY_SECONDS": "0.1",
        **variables,
    }
    config = "python:deploy.simulators.paylabs.server"
    command = [sys.executable, "-m", "gunicorn", "--config", config]
    with (folder / "paylabs.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    paylabs = Paylabs(url, keys, process)
    try:
        paylabs.until(lambda: _answers(paylabs, folder), seconds=START_SECONDS)
        yield paylabs
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(paylabs: Paylabs, folder: Path) -> bool:
    assert paylabs.process.poll() is None, (folder / "paylabs.log").read_text()
    try:
        paylabs._send("/health")
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
