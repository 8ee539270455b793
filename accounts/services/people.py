"""People: how they come in, are suspended and come back."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.sessions import end_every_session, lock
from core import audit
from core.errors import InvalidInput


class EmailTaken(InvalidInput):
    code = "email_taken"


class WeakPassword(InvalidInput):
    code = "validation_failed"


def add_person(*, user: User, password: str) -> User:
    """
    Save a new person with a password that is strong enough for them.

    Raises EmailTaken, also to the slower of two who ask at once, and WeakPassword.
    """
    check_email_is_free(user.email)
    check_password_strength(password, user=user, field="password")
    user.password = make_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # Somebody was quicker; the row that won is visible by now.
        check_email_is_free(user.email)
        raise
    return user


def check_email_is_free(email: str) -> None:
    """Raise EmailTaken when somebody signs in with this address, whatever its capitals."""
    if User.objects.filter(email=email).exists():
        message = _("Email is already registered")
        raise EmailTaken(message, fields={"email": message})


def check_password_strength(password: str, *, user: User, field: str) -> None:
    """Raise WeakPassword, naming `field`, when guessing the password would be easy."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(fields={field: error.messages[0]}) from error


@transaction.atomic
def suspend_user(*, user: User, by: User, reason: str, now: datetime) -> User:
    """
    Shut somebody out at once: no sign-in, and every session ends. Repeating changes nothing.

    Raises InvalidInput without a reason.
    """
    return _set_active(False, "user.suspended", user=user, by=by, reason=reason, now=now)


@transaction.atomic
def reinstate_user(*, user: User, by: User, reason: str, now: datetime) -> User:
    """
    Let a suspended person sign in again; old sessions stay ended. Repeating changes nothing.

    Raises InvalidInput without a reason.
    """
    return _set_active(True, "user.reinstated", user=user, by=by, reason=reason, now=now)


def _set_active(active: bool, action: str, *, user, by, reason: str, now: datetime) -> User:
    if not reason.strip():
        message = _("Please give a reason.")
        raise InvalidInput(message, fields={"reason": message})
    user = lock(user)
    if user.is_active == active:
        return user
    user.is_active = active
    user.save(update_fields=["is_active"])
    end_every_session(user=user, now=now)
    audit.record(action, now=now, by=by, subject=user, reason=reason)
    return user
