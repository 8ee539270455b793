"""Clocks of the till: payments and refunds that nobody reported, settlements, what broke off."""

from datetime import date

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.errors import Unavailable
from core.jobs import job_task
from core.models import Job
from transactions.services.broken_imports import close_broken_imports
from transactions.services.import_jobs import KIND, run_import
from transactions.services.inquiries import orders_to_ask, resolve_payment
from transactions.services.refunds import refunds_to_ask, resolve_refund
from transactions.services.settlement_feed import days_to_fetch, fetch_settlements
from transactions.services.settlements import close_broken_statements


@shared_task(name="transactions.close_broken_imports")
def close_broken_imports_task(**_) -> None:
    close_broken_imports(now=timezone.now())
    close_broken_statements(now=timezone.now())


# What no worker has taken up by then is left to the next sweep, so that the queue never grows while
# the gateway hangs.
_SOON = {"expires": 30}


@shared_task(name="transactions.sweep_gateway")
def sweep_gateway_task(**_) -> None:
    """Send for every payment and refund that the gateway should be asked about by now."""
    now = timezone.now()
    for pk in orders_to_ask(now=now):
        resolve_payment_task.apply_async(kwargs={"transaction_id": pk}, **_SOON)
    for pk in refunds_to_ask(now=now):
        resolve_refund_task.apply_async(kwargs={"refund_id": pk}, **_SOON)


@shared_task(name="transactions.resolve_payment")
def resolve_payment_task(*, transaction_id: int, **_) -> None:
    resolve_payment(transaction_id=transaction_id, now=timezone.now())


@shared_task(name="transactions.resolve_refund")
def resolve_refund_task(*, refund_id: int, **_) -> None:
    resolve_refund(refund_id=refund_id, now=timezone.now())


@shared_task(name="transactions.fetch_settlements")
def fetch_settlements_task(**_) -> None:
    """Send for the gateway's statements of the last days."""
    if settings.PAYLABS_MID:
        for day in days_to_fetch(now=timezone.now()):
            fetch_settlement_day_task.delay(day=day.isoformat())


@shared_task(
    name="transactions.fetch_settlement_day",
    acks_late=True,
    autoretry_for=(Unavailable,),
    # A minute, two, four …: an hour in all.
    retry_backoff=60,
    retry_backoff_max=1800,
    max_retries=6,
)
def fetch_settlement_day_task(*, day: str, **_) -> None:
    fetch_settlements(day=date.fromisoformat(day), now=timezone.now())


@job_task(
    KIND,
    title=gettext_lazy("Import of sales"),
    figures={
        "read": gettext_lazy("Read"),
        "added": gettext_lazy("Added"),
        "repeated": gettext_lazy("Known already"),
        "refused": gettext_lazy("Refused"),
    },
)
def import_sales_task(job: Job) -> None:
    run_import(job)
