"""Doorbells: the scan of every merchant, and of one whose score changed."""

from celery import shared_task
from django.utils import timezone

from alerts.services.scanning import BATCH, scan
from core.errors import Unavailable
from merchants.models import Merchant

_PATIENT = {
    "acks_late": True,
    "autoretry_for": (Unavailable,),
    "retry_backoff": True,
    "max_retries": 5,
}


@shared_task(name="alerts.scan_all", **_PATIENT)
def scan_all_task(**_) -> None:
    """Send for the scan of every merchant, a batch each."""
    merchant_ids = list(Merchant.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(merchant_ids), BATCH):
        scan_batch_task.delay(merchant_ids=merchant_ids[start : start + BATCH])


@shared_task(name="alerts.scan_batch", **_PATIENT)
def scan_batch_task(*, merchant_ids: list[int], **_) -> None:
    """Scan some merchants."""
    scan(now=timezone.now(), merchant_ids=merchant_ids)


@shared_task(name="alerts.scan_merchant", **_PATIENT)
def scan_merchant_task(*, merchant_id: int, run_id: int | None = None, **_) -> None:
    """Follow `score.changed`, unless the score is one of a run: the hourly scan of all finds it."""
    if run_id is None:
        scan(now=timezone.now(), merchant_ids=[merchant_id])
