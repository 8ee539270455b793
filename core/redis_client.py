"""Redis for small questions within a request: one quick try, so that nobody waits for an absent server."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


@cache
def quick_redis() -> redis.Redis:
    """Return this process's client. Raises redis.RedisError after a fifth of a second."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=0.2,
        socket_timeout=0.2,
        retry=Retry(NoBackoff(), 0),
    )
