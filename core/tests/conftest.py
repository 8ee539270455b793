import pytest

from core.api import limits
from core.redis_client import quick_redis

# A worker's own module: importing it here would give this process its task and topic.
collect_ignore = ["crash_worker.py"]


@pytest.fixture
def no_redis(settings):
    """Redis is away: nobody listens on that port."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    _forget_redis()
    yield
    _forget_redis()


def _forget_redis():
    quick_redis.cache_clear()
    limits._counter.cache_clear()
