"""
A real worker for test_crashes.py: the product's own app with smaller batches that take a little longer.

Started as `celery -A scoring.tests.crash_worker worker`.
"""

import time

from celery.signals import worker_process_init

from config.celery import app

__all__ = ["app"]

BATCH = 50


@worker_process_init.connect
def slow_down(**_) -> None:
    """Make a run take long enough to be killed in its middle, and in the middle of a batch."""
    from scoring.services import runs

    continue_run, score_batch = runs.continue_run, runs._score_batch

    def slowly(*args, **kwargs) -> int:
        scored = score_batch(*args, **kwargs)
        time.sleep(0.03)
        return scored

    runs._score_batch = slowly
    runs.continue_run = lambda **kwargs: continue_run(**kwargs, batch=BATCH)
