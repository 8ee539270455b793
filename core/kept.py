"""Answers that cost something, kept in Redis for a while; without Redis they are found anew."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import structlog
from django.core.cache import cache

from core.redis_client import RedisAway, ask

log = structlog.get_logger("saksama.kept")
Answer = TypeVar("Answer")


def kept(key: str, *, seconds: int, find: Callable[[], Answer]) -> Answer:
    """
    Return what is kept under `key`, or what `find` returns, which is kept from then on.

    None is never kept. Never raises because Redis is away or talks nonsense.
    """
    try:
        found = ask(lambda: cache.get(key))
    except RedisAway:
        log.warning("cache_away", key=key.split(":", 1)[0])
        return find()
    match found:
        # Whatever does not name its key was not kept by us.
        case [name, answer] if name == key:
            return answer
    answer = find()
    if answer is not None:
        with suppress(RedisAway):
            ask(lambda: cache.set(key, [key, answer], seconds))
    return answer
