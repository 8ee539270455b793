"""
How the played AI misbehaves when it is told to: for some calls, or until it is told otherwise.

On the wire: slow, hang, drip, hang_up, 401, 429, 500, garbage, empty, huge. In what it writes: the rest.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

SECONDS = {"slow": 3.0, "hang": 60.0, "drip": 0.5}
STATUSES = {"400": 400, "401": 401, "429": 429, "500": 500, "503": 503}
HUGE = 1_000_000


@dataclass(frozen=True)
class Behaviour:
    """What happens to a call. `times` is how many calls it lasts, None for all of them."""

    mode: str = "good"
    seconds: float = 0
    times: int | None = None


# ── What is written ────────────────────────────────────────────────────────────────────
Parts = dict[str, Any]


def _first(parts: Parts) -> str:
    return next(name for name, part in parts.items() if isinstance(part, str))


def _with(sentence: dict[str, str]) -> Callable[[Parts, str], Parts]:
    def spoil(parts: Parts, language: str) -> Parts:
        name = _first(parts)
        return parts | {name: f"{parts[name]} {sentence[language]}"}

    return spoil


SPOILT: dict[str, Callable[[Parts, str], Parts]] = {
    "invented": _with(
        {
            "id": "Omzet diperkirakan naik 87,3% menjadi Rp 987.654.321 bulan depan.",
            "en": "Revenue is expected to rise by 87.3% to Rp 987,654,321 next month.",
        }
    ),
    "promises": _with(
        {
            "id": "Pengajuan ini pasti disetujui dan dijamin cair.",
            "en": "This application is approved and guaranteed.",
        }
    ),
    "leads": _with(
        {
            "id": "Hubungi 0812-3456-7890 atau buka http://bonus.example.com.",
            "en": "Call 0812-3456-7890 or open http://bonus.example.com.",
        }
    ),
    "wrong_shape": lambda parts, _language: {"answer": parts},
    "not_texts": lambda parts, _language: dict.fromkeys(parts, 1),
    "endless": lambda parts, _language: parts | {_first(parts): parts[_first(parts)] * 40},
    "chinese": _with({"id": "这家店很好。", "en": "这家店很好。"}),
}
MODES = {"good", "fenced", "not_json", "obeys", "other_language", "hang_up", "garbage", "empty",
         "huge", "nested", *SECONDS, *STATUSES, *SPOILT}  # fmt: skip


def content_of(parts: Parts, *, mode: str, language: str) -> str:
    """Return what the model says in a mode."""
    if mode == "not_json":
        return "Tentu! Berikut penjelasannya: toko ini berjalan baik."
    if mode == "nested":
        return "[" * 5000
    text = json.dumps(
        SPOILT[mode](parts, language) if mode in SPOILT else parts, ensure_ascii=False
    )
    return f"```json\n{text}\n```" if mode == "fenced" else text


def slowly(content: bytes, seconds: float) -> Iterator[bytes]:
    """Yield an answer byte by byte."""
    for number in range(len(content)):
        wait(seconds)
        yield content[number : number + 1]


# ── Orders ─────────────────────────────────────────────────────────────────────────────
_turn = threading.Condition()
_orders: dict[str, Behaviour] = {}
_resets = 0


def order(
    *, mode: str, seconds: float | None = None, times: int | None = None, key: str = ""
) -> None:
    """Let calls (of one API key, or of all) go wrong. Raises ValueError for an unknown mode."""
    if mode not in MODES:
        raise ValueError(f"Modes are {', '.join(sorted(MODES))}.")
    seconds = SECONDS.get(mode, 0) if seconds is None else seconds
    with _turn:
        _orders[key] = Behaviour(mode, seconds, times)


def take(key: str) -> Behaviour:
    """Return what shall happen to this call, and count it."""
    with _turn:
        name = key if key in _orders else ""
        found = _orders.get(name, Behaviour())
        if found.times is not None:
            _orders[name] = Behaviour(found.mode, found.seconds, found.times - 1)
            if found.times <= 1:
                del _orders[name]
        return found


def wait(seconds: float) -> None:
    """Sleep, but not through a reset."""
    with _turn:
        seen, deadline = _resets, time.monotonic() + seconds
        while _resets == seen and (left := deadline - time.monotonic()) > 0:
            _turn.wait(left)


def reset() -> None:
    """Forget every order and wake the answers that are held back."""
    global _resets
    with _turn:
        _resets += 1
        _orders.clear()
        _turn.notify_all()
