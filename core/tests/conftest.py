import socketserver
import threading

import pytest

from core import redis_client
from core.api import limits
from core.redis_client import quick_redis

# A worker's own module: importing it here would give this process its task and topic.
collect_ignore = ["crash_worker.py"]


@pytest.fixture
def no_redis(settings):
    """Redis is away: nobody listens on that port."""
    yield from _redis_at(settings, port=1)


@pytest.fixture
def babbling_redis(settings, request):
    """Where Redis should be, somebody gives one answer (the parameter) to everything; "" is silence."""

    class Babbler(socketserver.BaseRequestHandler):
        def handle(self):
            while self.request.recv(4096):
                self.request.sendall(request.param)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Babbler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield from _redis_at(settings, port=server.server_address[1])
        server.shutdown()


def _redis_at(settings, *, port: int):
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": settings.REDIS_URL}}
    _forget_redis()
    yield
    _forget_redis()


def _forget_redis():
    quick_redis.cache_clear()
    limits._counter.cache_clear()
    redis_client.ask_again()
