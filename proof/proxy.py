"""
A door between the product and a server it depends on, which can be shut, made slow, or made to babble.

    with Proxy(target=("127.0.0.1", 6379), rng=random.Random(7)) as door:
        door.mode = Mode.SLOW       # calls in flight notice it too
"""

import random
import socket
import threading
import time
from contextlib import suppress
from enum import StrEnum

from deploy.local.processes import choose_port

SLOW_SECONDS = 10
CHUNK = 65_536
LINGER_NOT = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")


class Mode(StrEnum):
    OK = "ok"
    OFF = "off"  # the port is closed, what was open breaks
    SLOW = "slow"  # every answer comes ten seconds late
    NONSENSE = "nonsense"  # every answer is something else


# Neither Redis nor SMTP nor a gateway says this: a captive portal's page, a wrong protocol, noise; and
# well-formed words of the right protocol that mean nothing here.
NONSENSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 42\r\n\r\n"
    b"<html><body>Please sign in</body></html>\r\n",
    b"<!doctype html><title>502 Bad Gateway</title>\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\xff\xfe\x00\r\n",
    b"+OK\r\n",
    b":many\r\n",
    b"$5\r\nhello\r\n",
    b"$1\r\n7\r\n",
    b"*1\r\n*1\r\n$-1\r\n",
    b"$99999999999999999999\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
    b"\r\n\r\n",
    b"",
)


class Proxy:
    """Hands bytes on, from a port of its own, as `mode` says. `greets`: the server speaks first."""

    def __init__(
        self, *, target: tuple[str, int], rng: random.Random, greets: bool = False
    ) -> None:
        self.target, self.rng, self.greets = target, rng, greets
        self.port = choose_port(None)
        self._mode = Mode.OK
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    def __enter__(self) -> "Proxy":
        self._listen()
        return self

    def __exit__(self, *_) -> None:
        self._shut()
        self._break_all()

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        before = self._mode
        with self._changed:
            self._mode = mode
            self._changed.notify_all()
        if mode == Mode.OFF:
            self._shut()
        elif self._listener is None:
            self._listen()
        # Good connections go on into slow or senseless times; nothing goes on into good ones.
        if mode == Mode.OFF or before in (Mode.SLOW, Mode.NONSENSE):
            self._break_all()

    # ── Listening ──────────────────────────────────────────────────────────────────────
    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def _shut(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            # `close` alone would leave the port open for as long as `accept` waits.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[caller], daemon=True).start()

    # ── One connection ─────────────────────────────────────────────────────────────────
    def _serve(self, caller: socket.socket) -> None:
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            caller.close()
            return
        server.settimeout(None)
        with self._lock:
            self._open |= {caller, server}
        back = threading.Thread(target=self._hand_back, args=[server, caller], daemon=True)
        back.start()
        with suppress(OSError):
            self._hand_on(caller, server)
        self._break(caller, server)

    def _hand_on(self, caller: socket.socket, server: socket.socket) -> None:
        if self.greets and self._mode == Mode.NONSENSE:
            self._babble(caller)
        while said := caller.recv(CHUNK):
            if self._mode == Mode.NONSENSE:
                self._babble(caller)
            else:
                server.sendall(said)

    def _hand_back(self, server: socket.socket, caller: socket.socket) -> None:
        with suppress(OSError):
            while answer := server.recv(CHUNK):
                self._dawdle()
                if self._mode != Mode.NONSENSE:
                    caller.sendall(answer)
        self._break(caller, server)

    def _dawdle(self) -> None:
        deadline = time.monotonic() + SLOW_SECONDS
        with self._changed:
            while self._mode == Mode.SLOW and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)

    def _babble(self, caller: socket.socket) -> None:
        with self._lock:
            words = self.rng.choice(NONSENSE)
        if not words:
            raise OSError("the line goes dead")
        caller.sendall(words)

    # ── Breaking ───────────────────────────────────────────────────────────────────────
    def _break_all(self) -> None:
        with self._lock:
            connections = list(self._open)
        self._break(*connections)

    def _break(self, *connections: socket.socket) -> None:
        with self._lock:
            self._open -= set(connections)
        for connection in connections:
            with suppress(OSError):
                # A reset, not a polite end.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
