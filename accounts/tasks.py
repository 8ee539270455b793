from celery import shared_task
from django.utils import timezone

from accounts.services import password_reset, sessions


@shared_task(name="accounts.mail_reset_link")
def mail_reset_link_task(**_) -> None:
    """Follow `password_reset.requested`, and mail what an absent server left waiting."""
    password_reset.mail_waiting_links(now=timezone.now())


@shared_task(name="accounts.forget_ended_sessions")
def forget_ended_sessions_task(**_) -> None:
    """Clear away what is over, once a night."""
    sessions.forget_ended(now=timezone.now())
    password_reset.forget_old_mails(now=timezone.now())
