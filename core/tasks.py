"""The ground's own work in the background; `config/celery.py` says when."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core import audit_chain, jobs, outbox
from core.ai import writing
from core.api import idempotency
from core.services import key_rotation


@shared_task(name="core.relay_outbox")
def relay_outbox_task(**_) -> None:
    outbox.relay_all()


@shared_task(name="core.forget_delivered_news")
def forget_delivered_news_task(**_) -> None:
    outbox.forget_delivered(now=timezone.now())


@shared_task(name="core.seal_audit")
def seal_audit_task(*, everything: bool = False, **_) -> None:
    audit_chain.seal(now=timezone.now(), everything=everything)


@shared_task(name="core.export_audit_head")
def export_audit_head_task(**_) -> None:
    audit_chain.export_head(path=settings.AUDIT_HEAD_FILE, now=timezone.now())


# A long chain takes longer than a task may; an early acknowledgement keeps it from being begun again.
@shared_task(name="core.verify_audit", acks_late=False, time_limit=6 * 3600)
def verify_audit_task(**_) -> None:
    audit_chain.watch(path=settings.AUDIT_HEAD_FILE, now=timezone.now())


@shared_task(name="core.forget_idempotency_keys")
def forget_idempotency_keys_task(**_) -> None:
    idempotency.forget_old_keys(now=timezone.now())


@shared_task(name="core.reencrypt")
def reencrypt_task(**_) -> None:
    """Sweep up what writers who had not heard of a new data key left under the old one."""
    if not key_rotation.lately_replaced(now=timezone.now()):
        return
    for _progress in key_rotation.reencrypt():
        pass


@shared_task(name="core.resume_jobs")
def resume_jobs_task(**_) -> None:
    jobs.resume(now=timezone.now())


@shared_task(name="core.forget_jobs")
def forget_jobs_task(**_) -> None:
    jobs.forget_old(now=timezone.now())


# The last line of defence: not even a name server that hangs holds a worker for long.
@shared_task(name="core.write_ai_text", time_limit=60)
def write_ai_text_task(*, text_id: int, **_) -> None:
    writing.write_text(text_id=text_id, now=timezone.now())


@shared_task(name="core.write_waiting_ai_texts", time_limit=180)
def write_waiting_ai_texts_task(**_) -> None:
    writing.write_waiting_texts()


@shared_task(name="core.forget_ai_texts")
def forget_ai_texts_task(**_) -> None:
    writing.forget_old_texts(now=timezone.now())
