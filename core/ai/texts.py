"""
Texts of the AI as pages read them: one SELECT when a text is known; otherwise a question for a worker.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.ai.prompts import prompt_of
from core.errors import NotFound
from core.models import AiOpinion, AiText
from core.redis_client import RedisAway, ask

log = structlog.get_logger("saksama.ai")

# There is no AI: nobody is asked and nothing is written.
OFF = "OFF"
# Facts that change all the time are asked about no faster than this; of waiting questions the newest counts.
REST = timedelta(seconds=60)
SUPERSEDED = "superseded"
ONE_TRY = {"max_retries": 0}


@dataclass(frozen=True)
class Words:
    """
    What the AI wrote about some facts, or why there is nothing.

    `text` holds the parts that the schema named, once `state` is READY; otherwise it is None and a
    template stands in. `code` names the text, for opinions and for asking whether it is there by now.
    """

    text: dict[str, Any] | None = None
    state: str = OFF
    model: str = ""
    written_at: datetime | None = None
    code: UUID | None = None


def is_on() -> bool:
    """Tell whether there is an AI to ask at all."""
    return bool(settings.QWEN_API_KEY)


def words(
    *,
    kind: str,
    subject: str,
    language: str,
    facts: Mapping[str, Any],
    schema: Mapping[str, Any],
    instructions: str,
    temperature: float = 0.4,
    max_tokens: int = 500,
) -> Words:
    """
    Return the AI's text about facts; ask a worker for it when nobody did yet.

    Never calls the AI, never raises because something is away, and is safe on every view of a page.
    Equal facts, instructions and schema are one question, however many ask it at once. `schema` is
    a JSON Schema of the kind that `core.ai.checks` reads. A text that could not be written is asked
    for again after a pause.
    """
    if not is_on():
        return Words()
    prompt = prompt_of(
        language=language,
        facts=facts,
        schema=schema,
        instructions=instructions,
        temperature=temperature,
        max_tokens=max_tokens,
    )
    key = {
        "kind": kind,
        "subject": subject,
        "language": language,
        "facts_hash": hashlib.sha256(prompt.encode()).hexdigest(),
    }
    now = timezone.now()
    row = AiText.objects.filter(**key).defer("prompt").first() or _ask(key, prompt, now=now)
    if row.state == AiText.State.FAILED and row.due_at <= now:
        _ask_again(row, now=now)
    return _words_of(row)


def opine(*, code: UUID | str, person_code: str, is_useful: bool, now: datetime) -> None:
    """Keep whether a person found a text useful; the last word counts. Raises NotFound."""
    text = AiText.objects.filter(code=code).only("pk").first()
    if text is None:
        raise NotFound(_("This text is not there any more."))
    AiOpinion.objects.update_or_create(
        text=text, person_code=person_code, defaults={"is_useful": is_useful, "at": now}
    )


def _words_of(row: AiText) -> Words:
    is_ready = row.state == AiText.State.READY
    return Words(
        text=json.loads(row.answer) if is_ready else None,
        state=row.state,
        model=row.model,
        written_at=row.written_at,
        code=row.code,
    )


def _ask(key: Mapping[str, str], prompt: str, *, now: datetime) -> AiText:
    others = AiText.objects.filter(**{name: key[name] for name in ("kind", "subject", "language")})
    last = others.order_by("-asked_at").values_list("asked_at", flat=True).first()
    due_at = max(now, last + REST) if last else now
    try:
        with transaction.atomic():
            row = AiText.objects.create(**key, prompt=prompt, asked_at=now, due_at=due_at)
            waiting = others.filter(state=AiText.State.WAITING, attempts=0).exclude(pk=row.pk)
            waiting.update(state=AiText.State.FAILED, reason=SUPERSEDED, due_at=now)
    except IntegrityError:
        # Somebody asked the same at the same time.
        return AiText.objects.defer("prompt").get(**key)
    if due_at <= now:
        _nudge_after_commit(row.pk)
    return row


def _ask_again(row: AiText, *, now: datetime) -> None:
    # Claim by condition: of several readers one asks again.
    claimed = AiText.objects.filter(pk=row.pk, state=AiText.State.FAILED, due_at__lte=now).update(
        state=AiText.State.WAITING, reason="", attempts=0, due_at=now
    )
    row.state = AiText.State.WAITING
    if claimed:
        _nudge_after_commit(row.pk)


def _nudge_after_commit(text_id: int) -> None:
    transaction.on_commit(lambda: _nudge(text_id), robust=True)


def _nudge(text_id: int) -> None:
    # For promptness only, as the outbox does it: the sweep finds whatever a lost nudge left.
    try:
        ask(
            lambda: current_app.send_task(
                "core.write_ai_text", kwargs={"text_id": text_id}, retry_policy=ONE_TRY
            )
        )
    except RedisAway:
        log.warning("nudge_failed")
