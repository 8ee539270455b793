"""One POST over HTTP that ends in time, whatever the other side does."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore

CONNECT_SECONDS, READ_SECONDS, CALL_SECONDS = 3, 10, 15
# Waiting between tries to connect; a try that reached the gateway is never repeated.
PAUSES = (0.2, 0.6)
MAX_ANSWER_BYTES = 4 * 1024 * 1024

Headers = Mapping[str, str]


class AnswerTooLong(httpcore.RemoteProtocolError):
    """More than MAX_ANSWER_BYTES came back."""


def post(url: str, *, body: bytes, headers: Headers) -> tuple[int, bytes, dict[str, str]]:
    """
    Send `body` and return status, body and headers (lower-case names) of the answer.

    Connecting is tried again, nothing else is. Raises httpcore's NetworkError, TimeoutException or
    ProtocolError; never takes longer than CALL_SECONDS.
    """
    deadline = time.monotonic() + CALL_SECONDS
    for pause in (*PAUSES, None):
        try:
            return _post(url, body, headers, deadline)
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            if pause is None or time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable")


def _post(url: str, body: bytes, headers: Headers, deadline: float):
    # A connection for each call: on a kept one nobody can tell whether a broken call arrived.
    timeouts = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS}
    with (
        httpcore.ConnectionPool(network_backend=_Backend(deadline), retries=0) as pool,
        pool.stream(
            "POST",
            url,
            headers=list(headers.items()),
            content=body,
            extensions={"timeout": timeouts},
        ) as answer,
    ):
        content = bytearray()
        for chunk in answer.iter_stream():
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                raise AnswerTooLong()
        return answer.status, bytes(content), _named(answer.headers)


def _named(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in headers}


class _Backend(httpcore.SyncBackend):
    def __init__(self, deadline: float):
        self.deadline = deadline

    def connect_tcp(self, host, port, timeout=None, **more) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout=timeout, **more), self.deadline)


class _Stream(httpcore.NetworkStream):
    """
    A stream on which every wait ends at the deadline of the whole call.

    A read timeout alone never ends an answer of a byte every few seconds.
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: float):
        self.stream, self.deadline = stream, deadline

    def _left(self, timeout: float | None) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout()
        return min(left, timeout or left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self._left(timeout))

    def start_tls(self, ssl_context, server_hostname=None, timeout=None) -> httpcore.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Stream(secured, self.deadline)

    def close(self) -> None:
        self.stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
