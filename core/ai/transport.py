"""The SDK's way to the network: one call, one connection, one deadline, an answer of bounded size."""

import httpcore
import httpx2

from core.deadline import DeadlineBackend

CONNECT_SECONDS = 3
MAX_ANSWER_BYTES = 256 * 1024


class DeadlineTransport(httpx2.BaseTransport):
    """Carries requests of which none outlasts `deadline` on the monotonic clock."""

    def __init__(self, deadline: float):
        self.deadline = deadline

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self._carry(request)
        except httpcore.TimeoutException as error:
            raise httpx2.ReadTimeout(str(error), request=request) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise httpx2.ConnectError(str(error), request=request) from error

    def _carry(self, request: httpx2.Request) -> httpx2.Response:
        backend = DeadlineBackend(self.deadline)
        with (
            httpcore.ConnectionPool(network_backend=backend, retries=0) as pool,
            pool.stream(
                request.method,
                str(request.url),
                headers=request.headers.raw,
                content=request.read(),
                extensions={"timeout": {"connect": CONNECT_SECONDS}},
            ) as answer,
        ):
            content = bytearray()
            for chunk in answer.iter_stream():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    raise httpcore.RemoteProtocolError("answer too long")
            return httpx2.Response(
                answer.status, headers=answer.headers, content=bytes(content), request=request
            )
