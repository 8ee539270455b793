"""A forgotten password: a link is mailed, and used once."""

import smtplib
import uuid
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.reset_tokens import is_genuine, make_reset_token, person_in
from accounts.services.people import check_password_strength
from accounts.services.sessions import end_every_session, lock
from accounts.services.sign_in import clear_attempts
from core import audit
from core.errors import InvalidInput, Unavailable
from core.outbox import announce


class InvalidResetToken(InvalidInput):
    code = "reset_token_invalid"


@transaction.atomic
def request_password_reset(*, email: str, now: datetime, address: str | None = None) -> None:
    """
    Ask a worker to mail a reset link, when somebody signs in with this address.

    An unknown address costs the same: news about nobody is announced, and the worker mails nothing.
    """
    user = User.objects.filter(email=email).first()
    code = user.code if user else uuid.uuid4()
    audit.record("user.password_reset_requested", now=now, subject=user, address=address)
    announce("password_reset.requested", user_code=str(code))


def mail_reset_link(*, user_code: str) -> None:
    """
    Mail a reset link to an active person, in their language; to nobody else.

    Raises Unavailable when the mail server is away.
    """
    user = User.objects.filter(code=user_code, is_active=True).first()
    if user is None:
        return
    with override(user.language):
        subject = _("Set a new Saksama password")
        text = render_to_string(
            "accounts/mail/password_reset.txt",
            {
                "link": reset_link(user),
                "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            },
        )
    try:
        send_mail(subject, text, None, [user.email])
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable() from error


def reset_link(user: User) -> str:
    """Return the address of the page where this person chooses a new password, once."""
    uid, _dash, proof = make_reset_token(user).partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": proof})
    return f"{settings.BASE_URL}{path}"


@transaction.atomic
def reset_password(
    *,
    token: str,
    password: str,
    field: str = "newPassword",
    now: datetime,
    address: str | None = None,
) -> User:
    """
    Set a new password and end every session. Of several uses of one token exactly one succeeds.

    Raises InvalidResetToken, also for suspended people; WeakPassword, naming `field`, which leaves
    the token good.
    """
    user = person_in(token)
    user = user and lock(user)
    if not user or not user.is_active or not is_genuine(token, user=user):
        message = _("Reset token is invalid or has expired")
        raise InvalidResetToken(message)
    check_password_strength(password, user=user, field=field)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_every_session(user=user, now=now)
    clear_attempts(email=user.email, address=address)
    audit.record("user.password_reset", now=now, by=user, subject=user, address=address)
    return user
