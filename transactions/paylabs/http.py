"""One POST over HTTP that ends in time, whatever the other side does."""

import time
from collections.abc import Iterable, Mapping

import httpcore

from core.deadline import DeadlineBackend

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
        httpcore.ConnectionPool(network_backend=DeadlineBackend(deadline), retries=0) as pool,
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
