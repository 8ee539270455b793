"""
The way in, the same for API and pages: count, check the password, ask for a decision, let in.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import sessions, sign_in
from core import audit
from core.api.fields import instant
from core.errors import NotAllowed
from core.request_context import client_address
from fraud import services as fraud

LOGIN_TOPIC = "events.auth.login.attempt"
CHALLENGE_LIFETIME = timedelta(minutes=5)
NO_ADDRESS = "0.0.0.0"  # noqa: S104  (the event's schema wants one)
_DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


class ChallengeRequired(NotAllowed):
    """The password is right, but the person must prove more first; `challenge` says what."""

    code = "challenge_required"
    default_message = _("Please confirm that it is you.")

    def __init__(self, challenge: dict):
        super().__init__()
        self.challenge = challenge


@dataclass(frozen=True)
class Caller:
    """From where somebody knocks; `address` is "" behind a socket that has none."""

    address: str
    user_agent: str
    device_id: str


def caller_of(request) -> Caller:
    """Read a request's origin. What is not believable is dropped."""
    device_id = request.headers.get("X-Device-ID", "")
    return Caller(
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:1024],
        device_id=device_id if _DEVICE_ID.fullmatch(device_id) else "",
    )


def admit(*, request, email: str, password: str, now: datetime) -> User:
    """
    Return who may enter with this password, after the fraud engine had its say.

    Raises SignInRefused (401), LockedOut (429), ChallengeRequired (403), TooManyAttempts (429).
    """
    caller = caller_of(request)
    attempt = sign_in.try_password(
        request=request, email=email, password=password, address=caller.address, now=now
    )
    event = _login_event(attempt, email=email, caller=caller, now=now)
    decision = fraud.decide(topic=LOGIN_TOPIC, event=event, now=now)
    failure = attempt.failure or (decision.outcome == fraud.BLOCK and "blocked")
    if failure:
        _record_failure(attempt, failure, decision=decision, caller=caller, now=now)
        raise sign_in.SignInRefused()
    if decision.outcome == fraud.CHALLENGE:
        _record_failure(attempt, "challenged", decision=decision, caller=caller, now=now)
        raise ChallengeRequired(_challenge(decision, now=now))
    sign_in.clear_attempts(email=email, address=caller.address)
    return attempt.user


def sign_in_to_api(
    *, request, email: str, password: str, now: datetime
) -> tuple[User, sessions.Tokens]:
    """Admit somebody and open a session. Raises what `admit` raises."""
    user = admit(request=request, email=email, password=password, now=now)
    with transaction.atomic():
        tokens = sessions.open_session(user=user, now=now)
        record_entry(user=user, request=request, way="api", now=now)
    return user, tokens


def record_entry(*, user: User, request, way: str, now: datetime) -> None:
    """Note in the audit log that somebody came in, and by which way."""
    address = caller_of(request).address
    audit.record("user.signed_in", now=now, by=user, subject=user, address=address, way=way)


def _record_failure(attempt, failure: str, *, decision, caller: Caller, now: datetime) -> None:
    audit.record(
        "user.sign_in_failed",
        now=now,
        subject=attempt.subject,
        address=caller.address,
        failure=failure,
        decision=str(decision.decision_id),
    )


def _login_event(attempt, *, email: str, caller: Caller, now: datetime) -> dict:
    event = {
        "eventId": str(uuid.uuid4()),
        "ts": instant(now),
        "userId": str(attempt.subject.code) if attempt.subject else sign_in.person_hash(email),
        "ip": caller.address or NO_ADDRESS,
        "userAgent": caller.user_agent,
        "success": attempt.failure is None,
    }
    if caller.device_id:
        event["deviceId"] = caller.device_id
    if attempt.failure:
        event["failureReason"] = attempt.failure
    return event


def _challenge(decision, *, now: datetime) -> dict:
    return {
        "id": str(decision.decision_id),
        "type": (decision.action or {}).get("type", "OTP"),
        "expiresAt": instant(now + CHALLENGE_LIFETIME),
    }
