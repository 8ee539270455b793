"""
How the gateway's API misbehaves when it is told to: per kind of call, for some calls or until reset.

Before the work, so that none is done: hang, error500, garbage, not_json_object, refuse. After it:
drip, huge, lose_answer, unsigned, badly_signed. `slow` delays an otherwise good answer. Two belong to
refunds: in_work (done after `seconds`) and reject.
"""

import itertools
import socket
import threading
import time
from dataclasses import dataclass

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse

from deploy.simulators.paylabs import store

KINDS = ("create", "query", "cancel", "refund", "refund_query", "settlement")
SECONDS = {"slow": 5.0, "hang": 60.0, "drip": 1.0, "in_work": 5.0}
MODES = (
    *("slow", "hang", "drip", "error500", "garbage", "not_json_object", "huge", "refuse"),
    *("lose_answer", "unsigned", "badly_signed", "in_work", "reject"),
)
HUGE_MEGABYTES = 64
PAGE = "<!doctype html><title>{0}</title><h1>{0}</h1><p>nginx</p>"


class UnknownBehaviour(ValueError):
    """A kind or mode that nobody knows."""


@dataclass(frozen=True)
class Behaviour:
    """What happens to one call."""

    mode: str = ""
    seconds: float = 0


# ── Ordering ───────────────────────────────────────────────────────────────────────────
def order(kind: str, *, mode: str, seconds: float | None = None, times: int | None = None) -> None:
    """
    Let calls of a kind go wrong: the next `times` of them, or all until another order or a reset.

    An empty mode makes them good again. Raises UnknownBehaviour.
    """
    if kind not in KINDS or (mode and mode not in MODES):
        raise UnknownBehaviour(f"Kinds are {', '.join(KINDS)}; modes are {', '.join(MODES)}.")
    with store.writing():
        store.change("DELETE FROM behaviours WHERE kind = :kind", kind=kind)
        if mode:
            store.insert("behaviours", kind=kind, mode=mode, seconds=seconds, times=times)


def ordered() -> dict[str, dict]:
    """Return what is ordered now, by kind."""
    return {each["kind"]: dict(each) for each in store.rows("SELECT * FROM behaviours")}


def take(kind: str) -> Behaviour:
    """Return what shall happen to this call, and count it."""
    with store.writing():
        found = store.row("SELECT * FROM behaviours WHERE kind = :kind", kind=kind)
        if found is None:
            return Behaviour()
        store.change("UPDATE behaviours SET times = times - 1 WHERE kind = :kind", kind=kind)
        store.change("DELETE FROM behaviours WHERE times <= 0")
    seconds = found["seconds"]
    return Behaviour(found["mode"], SECONDS.get(found["mode"], 0) if seconds is None else seconds)


# ── Misbehaving ────────────────────────────────────────────────────────────────────────
def before(behaviour: Behaviour, request):
    """Return the answer that comes instead of any work, or None."""
    match behaviour.mode:
        case "slow":
            wait(behaviour.seconds)
        case "hang":
            wait(behaviour.seconds)
            return hang_up(request)
        case "error500":
            return HttpResponse(PAGE.format("502 Bad Gateway"), status=500)
        case "garbage":
            return HttpResponse(PAGE.format("Sedang dalam pemeliharaan"))
        case "not_json_object":
            return JsonResponse(["errCode", "0"], safe=False)
    return None


def after(behaviour: Behaviour, request, answer: HttpResponse):
    """Return what becomes of a good answer on its way."""
    match behaviour.mode:
        case "lose_answer":
            return hang_up(request)
        case "unsigned":
            del answer["X-SIGNATURE"]
        case "drip":
            return _with(answer, _slowly(answer.content, behaviour.seconds))
        case "huge":
            padding = itertools.repeat(b" " * 1_000_000, HUGE_MEGABYTES)
            return _with(answer, itertools.chain([answer.content[:-1]], padding, [b"}"]))
    return answer


def hang_up(request) -> HttpResponse:
    """Close the connection without a word."""
    request.environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
    return HttpResponse()


def _with(answer: HttpResponse, parts) -> StreamingHttpResponse:
    headers = {name: value for name, value in answer.items() if name != "Content-Length"}
    return StreamingHttpResponse(parts, headers=headers)


def _slowly(content: bytes, seconds: float):
    for number in range(len(content)):
        wait(seconds)
        yield content[number : number + 1]


# ── Waiting, until somebody resets ─────────────────────────────────────────────────────
_calm = threading.Condition()
_resets = 0


def wait(seconds: float) -> None:
    """Sleep, but not through a reset: answers that hang for one test must not hold up the next."""
    seen, deadline = _resets, time.monotonic() + seconds
    with _calm:
        while _resets == seen and (left := deadline - time.monotonic()) > 0:
            _calm.wait(left)


def release() -> None:
    """Wake every answer that is being held back."""
    global _resets
    with _calm:
        _resets += 1
        _calm.notify_all()
