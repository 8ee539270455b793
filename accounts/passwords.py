"""Passwords: how they are hashed, how strong they must be."""

import threading
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from accounts.models import Role
from core.errors import TooManyAttempts

MAX_LENGTH = 128
# zxcvbn refuses to judge more; beyond this nothing gets stronger.
JUDGED_LENGTH = 72
# Role -> (shortest length, lowest zxcvbn score). Everybody who is not a merchant is staff.
MERCHANT_POLICY = (8, 2)
STAFF_POLICY = (12, 3)

# One hashes and one waits; a longer queue would hold every thread of the process.
_at_the_door = threading.BoundedSemaphore(2)
_one_hash = threading.Lock()
_held = threading.local()
_one_judge = threading.Lock()
_WAIT_SECONDS = 1.0


@contextmanager
def place_at_the_door():
    """
    Hold one of the two places for password work; within it, more of that work needs no other place.

    Raises TooManyAttempts at once when both are taken.
    """
    if getattr(_held, "place", False):
        yield
        return
    with _taken(_at_the_door, timeout=0):
        _held.place = True
        try:
            yield
        finally:
            _held.place = False


@contextmanager
def _alone():
    with place_at_the_door(), _taken(_one_hash, timeout=_WAIT_SECONDS):
        yield


@contextmanager
def _taken(lock, *, timeout: float):
    if not lock.acquire(timeout=timeout):
        raise TooManyAttempts(retry_after=1)
    try:
        yield
    finally:
        lock.release()


class OneAtATimeArgon2PasswordHasher(Argon2PasswordHasher):
    """
    argon2id at OWASP's second choice (19 MiB, t=2, p=1), one hash at a time per process.

    A crowd at the door must not stall those inside: a second waits for at most a second, everybody
    else is told at once to try again.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password, salt):
        with _alone():
            return super().encode(password, salt)

    def verify(self, password, encoded):
        with _alone():
            return super().verify(password, encoded)


class StrengthValidator:
    """Judge a password by what guessing it would cost, knowing the person's own words."""

    def validate(self, password, user=None):
        is_merchant = user is None or user.role in ("", Role.MERCHANT)
        shortest, lowest = MERCHANT_POLICY if is_merchant else STAFF_POLICY
        if len(password) < shortest:
            raise ValidationError(
                _("The password needs at least %(count)d characters.") % {"count": shortest},
                code="password_too_short",
            )
        if len(password) > MAX_LENGTH:
            raise ValidationError(
                _("The password may have at most %(count)d characters.") % {"count": MAX_LENGTH},
                code="password_too_long",
            )
        if _strength(password, _own_words(user)) < lowest:
            raise ValidationError(
                _("This password is easy to guess. Longer, less common words help."),
                code="password_too_weak",
            )

    def get_help_text(self):
        return _("At least 8 characters that are hard to guess; at least 12 for staff.")


def _strength(password: str, own_words: list[str]) -> int:
    # zxcvbn keeps the words it was given in a global of its own.
    with _one_judge:
        return zxcvbn(password[:JUDGED_LENGTH], user_inputs=own_words)["score"]


def _own_words(user) -> list[str]:
    words = ["saksama", "merchant", "bank", "koperasi", "warung", "toko", "indonesia", "rahasia"]
    if user is None:
        return words
    own = [user.email, user.full_name, user.company_name]
    return words + [
        part for text in own for part in (text, *text.replace("@", " ").split()) if part
    ]
