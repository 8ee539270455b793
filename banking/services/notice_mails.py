"""
Mail the notices that want it: to each active person they are for once, in their own language.

Each mail is a transaction of its own that locks its notice: a worker that dies loses one mail at most
to repetition, and of several workers each takes another notice.
"""

import smtplib
from datetime import datetime

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Role, User
from banking.models import Notice
from banking.services.notices import GIVE_UP_AFTER
from merchants.models import Merchant

log = structlog.get_logger("saksama.notices")
# The server refuses one mail; with anything else it is away, or no mail server.
REFUSED = (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
AWAY = (smtplib.SMTPException, OSError, ValueError)
# What a server says that closes, whatever it was asked.
CLOSING = 421
# What became of one mail; OVER when nobody is left to be mailed.
SENT, PUT_OFF, REFUSED_FOR_GOOD, OVER = "sent", "put off", "refused", "over"
Kind = Notice.Kind
_OF_WARNINGS = {Kind.WARNING_RAISED, Kind.WARNING_WORSENED, Kind.WARNING_RESOLVED}


def mail_notices(*, now: datetime) -> int:
    """
    Send the mails that wait, and return how many went out. Safe to run side by side.

    With the mail server away the rest goes on waiting, for GIVE_UP_AFTER at most: the clock calls again.
    A mail that is refused for now waits likewise, without holding up other notices.
    """
    mailed, done = 0, 0
    try:
        while (notice := _mail_next(after=done, now=now)) is not None:
            mailed += notice.outcome == SENT
            # The same notice again, until nobody is left for it.
            is_over = notice.mailed_at or notice.outcome == PUT_OFF
            done = notice.pk if is_over else notice.pk - 1
    except AWAY as error:
        log.warning("mail_server_away", error=type(error).__name__)
    return mailed


@transaction.atomic
def _mail_next(*, after: int, now: datetime) -> Notice | None:
    waiting = Notice.objects.filter(
        pk__gt=after, wants_mail=True, mailed_at=None, at__gt=now - GIVE_UP_AFTER
    ).select_related("bank", "warning__merchant", "application__merchant")
    notice = waiting.order_by("pk").select_for_update(of=("self",), skip_locked=True).first()
    if notice is None:
        return None
    person = _people_left(notice).first()
    if person is None or not _may_be_told(notice):
        notice.outcome, notice.mailed_at = OVER, now
    else:
        notice.outcome = _mail(notice, person)
    if notice.outcome in (SENT, REFUSED_FOR_GOOD):
        notice.mailed_through = person.pk
    notice.save(update_fields=["mailed_at", "mailed_through"])
    return notice


def _people_left(notice: Notice) -> QuerySet[User]:
    """Who has still to be mailed: of a submission those who decide, of the rest everybody."""
    people = User.objects.filter(
        organisation=notice.bank, is_active=True, pk__gt=notice.mailed_through
    )
    if notice.kind == Kind.SUBMITTED:
        people = people.filter(role=Role.BANK_APPROVER).exclude(
            pk=notice.application.submitted_by_id
        )
    return people.filter(role__in=[Role.BANK_OFFICER, Role.BANK_APPROVER]).order_by("pk")


def _may_be_told(notice: Notice) -> bool:
    """Whether the merchant's consent still stands; a bank's own applications need none."""
    if notice.kind not in _OF_WARNINGS:
        return True
    return Merchant.objects.consenting().filter(pk=notice.warning.merchant_id).exists()


def _mail(notice: Notice, person: User) -> str:
    """Return SENT, PUT_OFF or REFUSED_FOR_GOOD. Raises one of AWAY."""
    with override(person.language):
        subject = _subject(notice)
        text = render_to_string(
            "banking/mail/notice.txt",
            {"notice": notice, "person": person, "subject": subject, "link": link_to(notice)},
        )
    try:
        send_mail(subject, text, None, [person.email])
    except REFUSED as error:
        code = _code(error)
        if code == CLOSING or not 400 <= code < 600:
            raise
        log.warning("mail_refused", error=type(error).__name__, code=code)
        return PUT_OFF if code < 500 else REFUSED_FOR_GOOD
    return SENT


def _code(error: smtplib.SMTPException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code


def _subject(notice: Notice) -> str:
    about = notice.warning or notice.application
    # A name with a line break would be no header.
    name = " ".join(about.merchant.company_name.split())
    return f"{notice.get_kind_display()}: {name}"


def link_to(notice: Notice) -> str:
    """Return the address of the page where this notice leads."""
    return f"{settings.BASE_URL}{path_to(notice)}"


def path_to(notice: Notice) -> str:
    if notice.warning_id:
        return reverse("banking:warning", args=[notice.warning.code])
    if notice.kind == Kind.OBJECTION:
        return reverse("banking:objections")
    return reverse("banking:application", args=[notice.application.code])
