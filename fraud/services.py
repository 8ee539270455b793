"""
The place where every payment and login is decided.

Until the engine is built, `decide` allows everything; its callers already live with all three answers.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

ALLOW, CHALLENGE, BLOCK = "ALLOW", "CHALLENGE", "BLOCK"


@dataclass(frozen=True)
class Decision:
    """
    What the engine answers about one event, as `events.fraud.decisions` words it.

    `outcome` is ALLOW, CHALLENGE or BLOCK; `risk_score` 0–100; `action` what a challenge asks for.
    """

    decision_id: uuid.UUID
    outcome: str
    risk_score: int = 0
    matched_rules: tuple[str, ...] = ()
    action: Mapping[str, Any] | None = None


def decide(*, topic: str, event: Mapping[str, Any], now: datetime) -> Decision:
    """
    Decide on one event before it acts. Always ALLOW for now: no rules are loaded.

    `topic` is `events.auth.login.attempt` or `events.transaction.created`, `event` its payload in the
    source document's camelCase. A decision commits by itself, so that a refused action cannot roll its
    record back: raises RuntimeError inside an open transaction.
    """
    with transaction.atomic(durable=True):
        return Decision(decision_id=uuid.uuid4(), outcome=ALLOW)
