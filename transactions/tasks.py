from celery import shared_task
from django.utils import timezone

from transactions.services.broken_imports import close_broken_imports


@shared_task(name="transactions.close_broken_imports")
def close_broken_imports_task(**_) -> None:
    close_broken_imports(now=timezone.now())
