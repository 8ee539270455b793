"""One question to Qwen through its OpenAI-compatible endpoint, answered in time or not at all."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from core.ai.prompts import messages_of

if TYPE_CHECKING:
    import openai


@dataclass(frozen=True)
class Reply:
    """What the AI answered, and the model that did."""

    text: str
    model: str


class Away(Exception):
    """No answer this time: asking again later makes sense, not before `retry_after` seconds."""

    def __init__(self, reason: str, *, retry_after: float = 0):
        super().__init__(reason)
        self.reason, self.retry_after = reason[:40], retry_after


class Refused(Exception):
    """
    The AI will not answer this question, however often it is asked.

    `is_for_all` when it would answer no other either: a wrong key, an unpaid bill.
    """

    def __init__(self, reason: str, *, is_for_all: bool):
        super().__init__(reason)
        self.reason, self.is_for_all = reason[:40], is_for_all


def ask_qwen(question: Mapping[str, Any]) -> Reply:
    """
    Put a stored question to the AI, once. Raises Away and Refused.

    Never takes longer than QWEN_TIMEOUT_SECONDS, whatever the other side does.
    """
    # Only workers pay for the import.
    import openai

    try:
        with _client() as client:
            answer = client.chat.completions.create(
                model=settings.QWEN_MODEL,
                messages=messages_of(question),
                temperature=question["temperature"],
                max_tokens=question["max_tokens"],
                response_format={"type": "json_object"},
            )
        return Reply(text=_sound(answer.choices[0].message.content), model=_model(answer.model))
    except openai.APITimeoutError as error:
        raise Away("timeout") from error
    except openai.APIConnectionError as error:
        raise Away(f"no connection: {type(error.__cause__).__name__}") from error
    except openai.APIStatusError as error:
        raise _of_status(error) from error
    # Not the shape of any answer: HTML with status 200, an empty list of choices.
    except (openai.OpenAIError, AttributeError, IndexError, TypeError, ValueError) as error:
        raise Away(f"odd answer: {type(error).__name__}") from error


def _client() -> "openai.OpenAI":
    import httpx2
    import openai

    from core.ai.transport import DeadlineTransport

    deadline = time.monotonic() + settings.QWEN_TIMEOUT_SECONDS
    return openai.OpenAI(
        api_key=settings.QWEN_API_KEY,
        base_url=settings.QWEN_BASE_URL,
        timeout=settings.QWEN_TIMEOUT_SECONDS,
        max_retries=0,
        # Nothing of the surroundings: no proxy, no redirect that takes the key elsewhere.
        http_client=httpx2.Client(
            transport=DeadlineTransport(deadline), trust_env=False, follow_redirects=False
        ),
    )


def _sound(content: Any) -> str:
    # Half a character would not be stored.
    return content.encode(errors="replace").decode()


def _model(name: Any) -> str:
    return name if re.fullmatch(r"[\w.:/-]{1,60}", str(name)) else settings.QWEN_MODEL


def _of_status(error: "openai.APIStatusError") -> Away | Refused:
    status = error.status_code
    if status in (408, 409, 425, 429) or status >= 500:
        return Away(f"HTTP {status}", retry_after=_seconds(error.response.headers))
    return Refused(f"HTTP {status}", is_for_all=status in (401, 402, 403, 404))


def _seconds(headers: Mapping[str, str]) -> float:
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0
