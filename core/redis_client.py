"""Redis for small questions within a request: one quick try, so that nobody waits for an absent server."""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

Answer = TypeVar("Answer")
# After a question without an answer, nobody in this process asks for this long.
PAUSE_SECONDS = 1
_pause = {"until": 0.0}


class RedisAway(Exception):
    """Redis does not answer, or says what no Redis says."""


@cache
def quick_redis() -> redis.Redis:
    """Return this process's client, for questions put through `ask`. It waits a fifth of a second."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=0.2,
        socket_timeout=0.2,
        retry=Retry(NoBackoff(), 0),
    )


def ask(question: Callable[[], Answer]) -> Answer:
    """
    Return what Redis answers to a question.

    Raises RedisAway; for PAUSE_SECONDS after that at once, so that of several questions in a request
    one waits at most.
    """
    if time.monotonic() < _pause["until"]:
        raise RedisAway
    try:
        return question()
    # A server that talks nonsense breaks its reader anywhere: in the protocol, in a pickle, in a number.
    except Exception as error:
        _pause["until"] = time.monotonic() + PAUSE_SECONDS
        raise RedisAway from error


def ask_again() -> None:
    """End a pause now."""
    _pause["until"] = 0.0
