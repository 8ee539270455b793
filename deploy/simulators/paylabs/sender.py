"""The thread that sends callbacks, many at once, and again until they are acknowledged."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from deploy.simulators.paylabs import callbacks

AT_ONCE, TIMEOUT_SECONDS, LONGEST_SLEEP = 64, 10, 60
KEPT_ANSWER = 20_000


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_):
        """A gateway posts where it was told to, or not at all."""


_open = build_opener(ProxyHandler({}), _NoRedirects).open


class Sender:
    """Sends what is due. One in a process, one process at a store."""

    def __init__(self):
        self._wake = threading.Event()
        self._turn = threading.Lock()
        self._on_their_way: set[int] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="callback")

    def start(self) -> None:
        """Begin, first with what an earlier process left."""
        threading.Thread(target=self._run, name="sender", daemon=True).start()

    def nudge(self) -> None:
        """Something new may be due."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = self._send_due()
            except Exception:
                logging.exception("callbacks could not be sent")
                pause = 1
            self._wake.wait(pause)

    def _send_due(self) -> float:
        """Hand over what is due and return how long nothing else will be."""
        now = datetime.now(UTC)
        for each in callbacks.due(now):
            with self._turn:
                if each.id in self._on_their_way:
                    continue
                self._on_their_way.add(each.id)
            self._pool.submit(self._deliver, each.id)
        next_due_at = callbacks.next_due_at()
        if next_due_at is None:
            return LONGEST_SLEEP
        # What is on its way counts as due; its return wakes us.
        pause = next_due_at - now.timestamp()
        return min(pause, LONGEST_SLEEP) if pause > 0 else 1

    def _deliver(self, number: int) -> None:
        try:
            # As it stands now: between the look and this moment it may have been sent.
            if mine := callbacks.still_due(number, now=datetime.now(UTC)):
                _send(mine)
        except Exception:
            logging.exception("callback %s could not be sent", number)
        finally:
            with self._turn:
                self._on_their_way.discard(number)
            self.nudge()


def _send(mine: callbacks.Callback) -> None:
    """Send a callback once and keep what came back."""
    now, began = datetime.now(UTC), time.monotonic()
    letter = callbacks.letter(mine, now=now)
    status, answer = None, b""
    try:
        status, headers, answer = _post(mine.url, letter)
        problem = callbacks.fault_of_answer(
            path=urlsplit(mine.url).path or "/", status=status, headers=headers, body=answer
        )
    except (OSError, ValueError, HTTPException) as error:
        problem = str(getattr(error, "reason", error)) or type(error).__name__
    callbacks.keep(
        mine,
        problem=problem,
        sent_at=now.timestamp(),
        seconds=time.monotonic() - began,
        body=letter.body.decode(),
        http_status=status,
        answer=answer[:KEPT_ANSWER].decode(errors="replace"),
    )


def _post(url: str, letter: callbacks.Letter) -> tuple[int, dict, bytes]:
    request = Request(url, data=letter.body, headers=letter.headers, method="POST")
    try:
        with _open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.headers, answer.read(1_000_000)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read(1_000_000)


sender = Sender()
