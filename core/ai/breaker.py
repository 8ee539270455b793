"""
Spare an AI that fails: after FAILURES in a row nobody calls it for OPEN_SECONDS, then one call tries.

All workers share what they learn through Redis; with Redis away each knows what it saw itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.redis_client import RedisAway, ask, quick_redis

FAILURES = 5
OPEN_SECONDS = 60
# Longer than any call; a worker that died while it tried must not keep the others out.
TRIAL_SECONDS = 30
FORGET_SECONDS = 3600
FAILED, OPEN, TRIAL = "ai:breaker:failed", "ai:breaker:open", "ai:breaker:trial"

Result = TypeVar("Result")


@dataclass
class _Own:
    """What this process saw."""

    failures: int = 0
    open_until: float = 0.0


_own = _Own()


def lets_pass() -> bool:
    """Tell whether the AI may be called now; of those that ask after a pause, one may."""
    return _shared(_redis_lets_pass, instead=_own_lets_pass)


def succeeded() -> None:
    """The AI answered: whatever failed before is forgotten."""
    _own.failures, _own.open_until = 0, 0.0
    _shared(lambda: quick_redis().delete(FAILED, OPEN, TRIAL), instead=lambda: None)


def failed() -> None:
    """A call failed; the last of too many, or a trial, begins a pause."""
    _own.failures += 1
    if _own.failures >= FAILURES:
        _own.open_until = time.monotonic() + OPEN_SECONDS
    _shared(_redis_failed, instead=lambda: None)


def _redis_lets_pass() -> bool:
    failures, is_open = quick_redis().mget(FAILED, OPEN)
    if int(failures or 0) < FAILURES:
        return True
    return not is_open and bool(quick_redis().set(TRIAL, 1, nx=True, ex=TRIAL_SECONDS))


def _own_lets_pass() -> bool:
    return time.monotonic() >= _own.open_until


def _redis_failed() -> None:
    with quick_redis().pipeline() as pipe:
        pipe.incr(FAILED).expire(FAILED, FORGET_SECONDS)
        failures = pipe.execute()[0]
    if failures >= FAILURES:
        quick_redis().set(OPEN, 1, ex=OPEN_SECONDS)
        quick_redis().delete(TRIAL)


def _shared(question: Callable[[], Result], *, instead: Callable[[], Result]) -> Result:
    try:
        return ask(question)
    except RedisAway:
        return instead()
