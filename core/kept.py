"""Answers that cost something, kept in Redis for a while; without Redis they are found anew."""

from collections.abc import Callable
from typing import TypeVar

import redis
import structlog
from django.core.cache import cache

log = structlog.get_logger("saksama.kept")
Answer = TypeVar("Answer")


def kept(key: str, *, seconds: int, find: Callable[[], Answer]) -> Answer:
    """
    Return what is kept under `key`, or what `find` returns, which is kept from then on.

    None is never kept. Never raises because Redis is away.
    """
    try:
        answer = cache.get(key)
        if answer is None:
            answer = find()
            cache.set(key, answer, seconds)
    except redis.RedisError:
        log.warning("cache_away", key=key.split(":", 1)[0])
        return find()
    return answer
