"""A forgotten password: a link is mailed, and used once."""

import smtplib
import uuid
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import ResetMail, User
from accounts.reset_tokens import is_genuine, make_reset_token, person_in
from accounts.services.people import check_password_strength
from accounts.services.sessions import end_every_session, lock
from accounts.services.sign_in import clear_attempts
from core import audit
from core.errors import InvalidInput
from core.outbox import announce

log = structlog.get_logger("saksama.password_reset")
# Whoever waited this long has asked again.
GIVE_UP_AFTER = timedelta(days=1)
# The server refuses one mail; with anything else it is away, or no mail server.
REFUSED = (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
AWAY = (smtplib.SMTPException, OSError, ValueError)


class InvalidResetToken(InvalidInput):
    code = "reset_token_invalid"


@transaction.atomic
def request_password_reset(*, email: str, now: datetime, address: str | None = None) -> None:
    """
    Ask a worker to mail a reset link, when somebody signs in with this address.

    An unknown address costs the same: a mail to nobody waits, and the worker does not send it.
    """
    user = User.objects.filter(email=email).first()
    code = user.code if user else uuid.uuid4()
    ResetMail.objects.create(user_code=code, asked_at=now)
    audit.record("user.password_reset_requested", now=now, subject=user, address=address)
    announce("password_reset.requested", user_code=str(code))


def mail_waiting_links(*, now: datetime) -> int:
    """
    Mail the links that wait, each once, and return how many are mailed.

    With the mail server away the rest goes on waiting, for GIVE_UP_AFTER at most: the clock calls
    again. Safe to run side by side.
    """
    last, mailed = 0, 0
    try:
        while mail := _mail_next(after=last, now=now):
            last, mailed = mail.pk, mailed + bool(mail.mailed_at)
    except AWAY as error:
        log.warning("mail_server_away", error=type(error).__name__)
    return mailed


@transaction.atomic
def _mail_next(*, after: int, now: datetime) -> ResetMail | None:
    waiting = ResetMail.objects.filter(
        pk__gt=after, mailed_at=None, asked_at__gt=now - GIVE_UP_AFTER
    )
    # Locked while it is on its way, so that of several workers one sends it.
    mail = waiting.order_by("pk").select_for_update(skip_locked=True).first()
    if mail is None:
        return None
    try:
        _mail_link(user_code=mail.user_code)
    except REFUSED as error:
        log.warning("mail_refused", error=type(error).__name__)
        return mail
    mail.mailed_at = now
    mail.save(update_fields=["mailed_at"])
    return mail


def _mail_link(*, user_code: uuid.UUID) -> None:
    """Mail a link to an active person, in their language; to nobody else."""
    user = User.objects.filter(code=user_code, is_active=True).first()
    if user is None:
        return
    with override(user.language):
        subject = _("Set a new Saksama password")
        context = {"link": reset_link(user), "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
        text = render_to_string("accounts/mail/password_reset.txt", context)
    send_mail(subject, text, None, [user.email])


def forget_old_mails(*, now: datetime) -> int:
    """Delete what nobody waits for any longer; return how many."""
    return ResetMail.objects.filter(asked_at__lt=now - GIVE_UP_AFTER).delete()[0]


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
