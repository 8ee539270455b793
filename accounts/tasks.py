from celery import shared_task
from django.utils import timezone

from accounts.services import password_reset, sessions
from core.errors import Unavailable


@shared_task(
    name="accounts.mail_reset_link",
    autoretry_for=(Unavailable,),
    retry_backoff=True,
    max_retries=5,
)
def mail_reset_link_task(*, user_code: str, **_) -> None:
    """Follow `password_reset.requested`."""
    password_reset.mail_reset_link(user_code=user_code)


@shared_task(name="accounts.forget_ended_sessions")
def forget_ended_sessions_task(**_) -> None:
    """Clear away what is over, once a night."""
    sessions.forget_ended(now=timezone.now())
