"""Qwen's simulator in a thread, and the hand that a test has on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import ProxyHandler, Request, build_opener

from core.ai import breaker
from core.ai.writing import write_waiting_texts
from core.models import AiText
from deploy.simulators.qwen import server

KEY = "test-key"
_open = build_opener(ProxyHandler({})).open


@dataclass
class Qwen:
    """A running simulator."""

    url: str

    def behave(self, mode: str, **how) -> None:
        """Let calls go wrong; modes are in deploy/simulators/qwen/behaviours.py."""
        self._say("behave", {"mode": mode, **how})

    @property
    def prompts(self) -> list[dict]:
        """Every question that arrived, with its messages."""
        with _open(f"{self.url}/control/prompts", timeout=5) as answer:
            return json.load(answer)["prompts"]

    def reset(self) -> None:
        """Forget everything; close the breaker."""
        self._say("reset", {})
        breaker.succeeded()

    def write(self) -> list[AiText]:
        """Be the worker once: write everything that is due, and return every text."""
        write_waiting_texts()
        return list(AiText.objects.order_by("pk"))

    def _say(self, what: str, values: dict) -> None:
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/control/{what}", json.dumps(values).encode(), headers)
        with _open(request, timeout=5):
            pass


@contextmanager
def running() -> Iterator[str]:
    """Run a simulator for KEY and give its address."""
    listening, url = server.start(key=KEY)
    try:
        yield url
    finally:
        listening.shutdown()
        listening.server_close()
