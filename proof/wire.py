"""Requests as bytes on a socket, for what an HTTP client refuses to send."""

import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """What came back, and after how long."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def is_the_products(self) -> bool:
        """False for what the HTTP server refuses before the product sees it."""
        return "x-request-id" in self.headers


def exchange(place: tuple[str, int], request: bytes) -> Reply | None:
    """Send bytes on a connection of their own, say that no more come, and read to the end."""
    started = time.perf_counter()
    received = bytearray()
    # A server that has refused need not read the rest.
    with suppress(OSError), socket.create_connection(place, timeout=TIMEOUT_SECONDS) as line:
        _send(line, memoryview(request))
        while part := line.recv(65536):
            received += part
    return _read(bytes(received), time.perf_counter() - started)


def _send(line: socket.socket, rest: memoryview) -> None:
    """Send until there is an answer: one that comes early is the last thing heard on this line."""
    with suppress(ConnectionError, BlockingIOError):
        while rest:
            answered, free, _ = select.select([line], [line], [], TIMEOUT_SECONDS)
            if answered or not free:
                return
            rest = rest[line.send(rest[:65536], socket.MSG_DONTWAIT) :]
        line.shutdown(socket.SHUT_WR)


def _read(received: bytes, seconds: float) -> Reply | None:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return None
    if words[1] == "100":
        return _read(body, seconds)
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _joined(body)
    return Reply(int(words[1]), headers, body, seconds)


def _joined(chunks: bytes) -> bytes:
    body = bytearray()
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        body += rest[:length]
        chunks = rest[length + 2 :]
    return bytes(body)
