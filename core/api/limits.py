"""Rate limits, counted in Redis by one atomic script; with Redis away calls pass, and that is said."""

from functools import cache

import structlog
from django.conf import settings
from rest_framework.throttling import BaseThrottle

from core import metrics
from core.errors import TooManyAttempts
from core.redis_client import RedisAway, ask, quick_redis
from core.request_context import client_address

log = structlog.get_logger("saksama.limits")
WINDOW_SECONDS = 60

# Counts one call; the first one opens a window. Answers the count and the seconds left.
_COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('TTL', KEYS[1])}
"""


@cache
def _counter():
    return quick_redis().register_script(_COUNT)


def over_limit(*, scope: str, caller: str) -> int | None:
    """
    Count one call of `caller` against its class; return the seconds to wait when it is one too many.
    """
    try:
        count, left = ask(lambda: _count(scope, caller))
    except RedisAway:
        metrics.RATE_LIMIT_SKIPPED.inc()
        log.warning("rate_limit_skipped", scope=scope)
        return None
    return max(1, left) if count > settings.RATE_LIMITS[scope] else None


def stay_within(*, scope: str, caller: str) -> None:
    """Count one call. Raises TooManyAttempts with the seconds to wait."""
    wait = over_limit(scope=scope, caller=caller)
    if wait is not None:
        raise TooManyAttempts(retry_after=wait)


def _count(scope: str, caller: str) -> tuple[int, int]:
    match _counter()(keys=[f"limit:{scope}:{caller}"], args=[WINDOW_SECONDS]):
        case [int(count), int(left)]:
            return count, left
    raise ValueError("no answer to this question")


class AtomicRateThrottle(BaseThrottle):
    """
    Limit each person, or each address before sign-in, per class of route.

    A view names its class in `limit_scope`; without one it is `read` or `write` by method.
    """

    def allow_request(self, request, view) -> bool:
        scope = getattr(view, "limit_scope", None) or (
            "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
        )
        person = getattr(request.user, "code", None)
        self.seconds = over_limit(scope=scope, caller=str(person or client_address(request)))
        return self.seconds is None

    def wait(self):
        return self.seconds
