"""
Whether a password is right, and how often one may guess.

Each attempt is counted before the password is looked at, by one statement, so that a crowd of
parallel guesses gets no more of them than a patient guesser. Counts belong to the account seen
from one address and, more generously, to the account from anywhere. They are kept in PostgreSQL
under keyed hashes: an unknown address is counted like a known one, and nobody can read which.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import SignInAttempts, User
from accounts.passwords import place_at_the_door
from core import audit
from core.errors import Refusal, TooManyAttempts

# A refused guess neither renews the window nor goes on counting towards the next one.
_COUNT = """
INSERT INTO accounts_signinattempts AS known (key, attempts, window_ends_at)
VALUES (%(key)s, 1, %(end)s)
ON CONFLICT (key) DO UPDATE SET
    attempts = CASE WHEN known.window_ends_at <= %(now)s THEN 1 ELSE known.attempts + 1 END,
    window_ends_at = CASE
        WHEN known.window_ends_at > %(now)s AND known.attempts >= %(limit)s
        THEN known.window_ends_at ELSE %(end)s END
RETURNING attempts, window_ends_at
"""


class LockedOut(TooManyAttempts):
    """Too many failed sign-ins; the message says for how many minutes yet."""

    code = "locked_out"

    def __init__(self, *, retry_after: int):
        minutes = ceil(retry_after / 60)
        message = ngettext(
            "Too many failed sign-ins. Please try again in %(minutes)s minute.",
            "Too many failed sign-ins. Please try again in %(minutes)s minutes.",
            minutes,
        )
        super().__init__(message % {"minutes": minutes}, retry_after=retry_after)


class SignInRefused(Refusal):
    """One answer for a wrong password, an unknown address and a suspended or blocked person."""

    status = 401
    code = "invalid_credentials"
    default_message = _("Email or password is incorrect")


@dataclass(frozen=True)
class Attempt:
    """
    What became of one attempt: `user` only when the password was right and the person may enter.

    `subject` is whom the address belongs to, if anybody; `failure` a word of the login event's schema.
    """

    user: User | None
    subject: User | None
    failure: str | None


def try_password(*, request, email: str, password: str, address: str, now: datetime) -> Attempt:
    """
    Count one attempt, then judge it. Costs the same for unknown addresses.

    Raises LockedOut with the seconds to wait, TooManyAttempts while too many passwords are being
    checked; the latter does not count.
    """
    with place_at_the_door():
        _count(email=email, address=address, now=now)
        try:
            user = authenticate(request, email=email, password=password)
        except TooManyAttempts:
            _uncount(email=email, address=address)
            raise
    subject = user or User.objects.filter(email=email).first()
    return Attempt(user=user, subject=subject, failure=_failure(user, subject))


def clear_attempts(*, email: str, address: str | None) -> None:
    """Forget the failed attempts on an account after its owner came in."""
    SignInAttempts.objects.filter(key__in=_keys(email, address)).delete()


def person_hash(email: str) -> str:
    """Return the name under which an address that nobody has is known to the fraud engine."""
    return f"unknown:{_keyed_hash('person', email)[:32]}"


def _count(*, email: str, address: str, now: datetime) -> None:
    limits = (settings.SIGN_IN_ATTEMPTS, settings.SIGN_IN_ATTEMPTS_PER_ACCOUNT)
    for key, limit in zip(_keys(email, address), limits, strict=True):
        attempts, ends_at = _count_one(key=key, limit=limit, now=now)
        if attempts == limit + 1:
            subject = User.objects.filter(email=email).first()
            audit.record("user.locked_out", now=now, subject=subject, address=address)
        if attempts > limit:
            raise LockedOut(retry_after=max(1, int((ends_at - now).total_seconds())))


def _count_one(*, key: str, limit: int, now: datetime) -> tuple[int, datetime]:
    end = now + timedelta(seconds=settings.SIGN_IN_LOCK_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "limit": limit, "now": now, "end": end})
        return cursor.fetchone()


def _uncount(*, email: str, address: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_signinattempts SET attempts = GREATEST(attempts - 1, 0)"
            " WHERE key = ANY(%s)",
            [_keys(email, address)],
        )


def _failure(user: User | None, subject: User | None) -> str | None:
    if user:
        return None
    if subject is None:
        return "unknown_user"
    return "invalid_password" if subject.is_active else "other"


def _keys(email: str, address: str | None) -> list[str]:
    return [_keyed_hash("account and address", f"{email}|{address}"), _keyed_hash("account", email)]


def _keyed_hash(purpose: str, text: str) -> str:
    return salted_hmac(f"accounts.sign_in.{purpose}", text.lower(), algorithm="sha256").hexdigest()
