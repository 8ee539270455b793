"""Clocks of the till: payments and refunds that nobody reported, imports that broke off."""

from celery import shared_task
from django.utils import timezone

from transactions.services.broken_imports import close_broken_imports
from transactions.services.inquiries import orders_to_ask, resolve_payment
from transactions.services.refunds import refunds_to_ask, resolve_refund


@shared_task(name="transactions.close_broken_imports")
def close_broken_imports_task(**_) -> None:
    close_broken_imports(now=timezone.now())


@shared_task(name="transactions.sweep_gateway")
def sweep_gateway_task(**_) -> None:
    """Send for every payment and refund that the gateway should be asked about by now."""
    now = timezone.now()
    for pk in orders_to_ask(now=now):
        resolve_payment_task.delay(transaction_id=pk)
    for pk in refunds_to_ask(now=now):
        resolve_refund_task.delay(refund_id=pk)


@shared_task(name="transactions.resolve_payment")
def resolve_payment_task(*, transaction_id: int, **_) -> None:
    resolve_payment(transaction_id=transaction_id, now=timezone.now())


@shared_task(name="transactions.resolve_refund")
def resolve_refund_task(*, refund_id: int, **_) -> None:
    resolve_refund(refund_id=refund_id, now=timezone.now())
