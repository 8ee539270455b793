"""
Workers write the texts that wait: ask the AI, check its answer, keep what passed.

A text is claimed by moving its `due_at` past any call, so of two workers one asks; the text of a worker
that died becomes due again by itself. A call that got no answer is tried again later, twice at most.
"""

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core.ai import breaker
from core.ai.checks import MAX_ANSWER, Unfit, checked
from core.ai.client import Away, Refused, Reply, ask_qwen
from core.models import AiText

log = structlog.get_logger("saksama.ai")

# No call takes longer than this.
LEASE = timedelta(seconds=120)
MOST_ATTEMPTS = 3
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
# A text that could not be written is asked for again, by whoever reads on, after this.
ASK_AGAIN_AFTER = timedelta(hours=1)
SWEEP_SECONDS = 60
KEEP_DAYS = 180


def write_text(*, text_id: int, now: datetime) -> bool:
    """
    Let the AI write one waiting text, if it is due and nobody else does; tell whether it was asked.

    Repeating is safe. Nothing happens while there is no AI, or while the breaker spares it.
    """
    if not settings.QWEN_API_KEY or not _is_due(text_id, now=now) or not breaker.lets_pass():
        return False
    text = _claim(text_id, now=now)
    if text is None:
        return False
    if text.attempts > MOST_ATTEMPTS:
        # Each time its worker died.
        _close(text, state=AiText.State.FAILED, reason="given up")
        return True
    _write(text)
    return True


def _write(text: AiText) -> None:
    question = json.loads(text.prompt)
    try:
        reply = ask_qwen(question)
    except Away as away:
        breaker.failed()
        _postpone(text, away)
    except Refused as refused:
        if refused.is_for_all:
            breaker.failed()
        _close(text, state=AiText.State.FAILED, reason=refused.reason)
    else:
        breaker.succeeded()
        _judge(text, reply, question)


def _judge(text: AiText, reply: Reply, question: Mapping[str, Any]) -> None:
    text.model = reply.model
    try:
        text.answer = json.dumps(checked(reply.text, question=question), ensure_ascii=False)
    except Unfit as unfit:
        # Kept for whoever asks why, and never shown.
        text.answer = reply.text[:MAX_ANSWER].replace("\x00", "")
        _close(text, state=AiText.State.REJECTED, reason=unfit.reason)
    else:
        _close(text, state=AiText.State.READY)


def write_waiting_texts() -> int:
    """
    Write the texts that are due, oldest first, for at most SWEEP_SECONDS; return how many were asked for.

    Safe side by side with other sweeps: each text is claimed.
    """
    deadline, asked = time.monotonic() + SWEEP_SECONDS, 0
    while time.monotonic() < deadline:
        now = timezone.now()
        due = AiText.objects.filter(state=AiText.State.WAITING, due_at__lte=now)
        text_id = due.order_by("due_at").values_list("pk", flat=True).first()
        if text_id is None:
            break
        if write_text(text_id=text_id, now=now):
            asked += 1
        elif _is_due(text_id, now=now):
            # Not taken by anybody else: the AI is off or spared.
            break
    return asked


def forget_old_texts(*, now: datetime) -> int:
    """Delete texts asked for more than KEEP_DAYS ago, with people's opinions; return how many."""
    old = AiText.objects.filter(asked_at__lt=now - timedelta(days=KEEP_DAYS))
    total = 0
    # Small bites: no statement runs long.
    while pks := list(old.values_list("pk", flat=True)[:1000]):
        total += len(pks)
        AiText.objects.filter(pk__in=pks).delete()
    return total


def _is_due(text_id: int, *, now: datetime) -> bool:
    return AiText.objects.filter(pk=text_id, state=AiText.State.WAITING, due_at__lte=now).exists()


def _claim(text_id: int, *, now: datetime) -> AiText | None:
    # Claim by condition: of two workers exactly one moves the instant on.
    claimed = AiText.objects.filter(pk=text_id, state=AiText.State.WAITING, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    return AiText.objects.get(pk=text_id) if claimed else None


def _postpone(text: AiText, away: Away) -> None:
    log.warning("ai_away", kind=text.kind, reason=away.reason, attempts=text.attempts)
    if text.attempts >= MOST_ATTEMPTS:
        _close(text, state=AiText.State.FAILED, reason=away.reason)
        return
    pause = max(FIRST_PAUSE * 2 ** (text.attempts - 1), timedelta(seconds=away.retry_after))
    text.reason, text.due_at = away.reason, timezone.now() + min(pause, LONGEST_PAUSE)
    text.save(update_fields=["reason", "due_at"])


def _close(text: AiText, *, state: str, reason: str = "") -> None:
    now = timezone.now()
    text.state, text.reason = state, reason
    text.written_at = now if state == AiText.State.READY else None
    text.due_at = now + ASK_AGAIN_AFTER if state == AiText.State.FAILED else now
    text.save(update_fields=["state", "reason", "model", "answer", "written_at", "due_at"])
    log.info("ai_text", kind=text.kind, state=state, reason=reason, attempts=text.attempts)
