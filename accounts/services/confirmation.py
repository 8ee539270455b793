"""
Asking a signed-in person for their password again, before what cannot be taken back.

A confirmation holds for a few minutes of one session. Guessing here is counted together with
guessing at the door.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.services.sign_in import clear_attempts, try_password
from core import audit
from core.errors import Refusal

CONFIRMATION_LASTS = timedelta(minutes=5)
_CONFIRMED_AT = "password_confirmed_at"


class WrongPassword(Refusal):
    status = 401
    code = "wrong_password"
    default_message = _("This is not your password.")


def is_confirmed(request, *, now: datetime) -> bool:
    """Say whether the person of this session gave their password within the last few minutes."""
    confirmed_at = request.session.get(_CONFIRMED_AT)
    if confirmed_at is None:
        return False
    return timedelta(0) <= now - datetime.fromisoformat(confirmed_at) < CONFIRMATION_LASTS


def confirm_person(*, request, password: str, address: str, now: datetime) -> None:
    """
    Judge a password as signing in does and, if it is right, keep the instant in the session.

    Raises WrongPassword, LockedOut after too many guesses, TooManyAttempts while too many
    passwords are being checked; the latter does not count.
    """
    user = request.user
    attempt = try_password(
        request=request, email=user.email, password=password, address=address, now=now
    )
    if attempt.user != user:
        audit.record("user.confirmation_failed", now=now, by=user, subject=user, address=address)
        raise WrongPassword()
    clear_attempts(email=user.email, address=address)
    request.session[_CONFIRMED_AT] = now.isoformat()
