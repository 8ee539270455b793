"""
The clock: everything that happens by itself, on one screen.

Queues: `fast` for news and mail, `ai` for texts, `bulk` for long work, so that none delays another.
"""

import gc
import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("saksama")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_our_logging(**_) -> None:
    """Somebody listens here, so Celery leaves the logs as `settings.LOGGING` made them."""


@worker_process_init.connect
def settle_in(**_) -> None:
    """What the house itself is made of is never garbage: long work is not held up to look through it."""
    gc.freeze()


app.conf.task_routes = {
    # A hanging AI delays nothing but its own texts.
    "core.write_ai_text": {"queue": "ai"},
    "core.write_waiting_ai_texts": {"queue": "ai"},
    "scoring.recalculate_all": {"queue": "bulk"},
    "scoring.score_batch": {"queue": "bulk"},
    "alerts.scan_all": {"queue": "bulk"},
    "alerts.scan_batch": {"queue": "bulk"},
    "koperasi_risk.rescore_all": {"queue": "bulk"},
    "koperasi_risk.rescore_tenant": {"queue": "bulk"},
    "koperasi_risk.forget_old_facts": {"queue": "bulk"},
    "koperasi_risk.forget_undecided_imports": {"queue": "bulk"},
    "core.reencrypt": {"queue": "bulk"},
    "core.verify_audit": {"queue": "bulk"},
    "transactions.close_broken_imports": {"queue": "bulk"},
    # A hanging gateway delays no news.
    "transactions.resolve_payment": {"queue": "bulk"},
    "transactions.resolve_refund": {"queue": "bulk"},
    "transactions.fetch_settlements": {"queue": "bulk"},
    "transactions.fetch_settlement_day": {"queue": "bulk"},
}

app.conf.beat_schedule = {
    # What a lost nudge left behind.
    "relay-outbox": {"task": "core.relay_outbox", "schedule": 5.0},
    # Links that wait for the mail server to come back.
    "mail-reset-links": {"task": "accounts.mail_reset_link", "schedule": 30.0},
    # Notices that wait for it, too.
    "mail-notices": {"task": "banking.mail_notices", "schedule": 30.0},
    # Audit rows join the chain, its head leaves the house.
    "seal-audit": {"task": "core.seal_audit", "schedule": 10.0},
    "export-audit-head": {"task": "core.export_audit_head", "schedule": 60.0},
    "verify-audit": {"task": "core.verify_audit", "schedule": crontab(hour=3, minute=0)},
    # Payments and refunds that nobody reported: the gateway is asked, then they move or expire.
    "sweep-gateway": {"task": "transactions.sweep_gateway", "schedule": 30.0},
    # What the gateway paid out: after the banks' hour, and what it added later.
    "fetch-settlements": {
        "task": "transactions.fetch_settlements",
        "schedule": crontab(hour=10, minute=30),
    },
    "fetch-settlements-again": {
        "task": "transactions.fetch_settlements",
        "schedule": crontab(hour=16, minute=0),
    },
    # Imports that a killed process left running.
    "close-broken-imports": {
        "task": "transactions.close_broken_imports",
        "schedule": crontab(minute=25),
    },
    # Every merchant's score, for the day that has just ended in Jakarta.
    "recalculate-all-scores": {
        "task": "scoring.recalculate_all",
        "schedule": crontab(hour=1, minute=0),
    },
    # Every koperasi's members, by their books of the new day.
    "rescore-koperasi": {
        "task": "koperasi_risk.rescore_all",
        "schedule": crontab(hour=1, minute=30),
    },
    "forget-old-member-facts": {
        "task": "koperasi_risk.forget_old_facts",
        "schedule": crontab(hour=2, minute=50),
    },
    "forget-undecided-imports": {
        "task": "koperasi_risk.forget_undecided_imports",
        "schedule": crontab(hour=2, minute=55),
    },
    # A run whose batches a crash swallowed goes on where it stopped.
    "resume-scoring-runs": {"task": "scoring.resume_runs", "schedule": 300.0},
    # Texts whose nudge was lost, whose worker crashed, or that are due to be tried again; a sweep that
    # finds the workers busy is not kept for later.
    "write-waiting-ai-texts": {
        "task": "core.write_waiting_ai_texts",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    # Long work that a killed worker or a lost message left; files nobody fetched in a week.
    "resume-jobs": {"task": "core.resume_jobs", "schedule": 60.0},
    "forget-jobs": {"task": "core.forget_jobs", "schedule": crontab(hour=2, minute=40)},
    # Early warnings: after the scores of the night, then hourly for what news did not bring.
    "scan-for-warnings": {"task": "alerts.scan_all", "schedule": crontab(minute=40)},
    # Values still under a retired data key.
    "reencrypt": {"task": "core.reencrypt", "schedule": 600.0},
    # Old keys, delivered news, old texts, ended sessions.
    "forget-idempotency-keys": {
        "task": "core.forget_idempotency_keys",
        "schedule": crontab(hour=2, minute=10),
    },
    "forget-delivered-news": {
        "task": "core.forget_delivered_news",
        "schedule": crontab(hour=2, minute=20),
    },
    "forget-ai-texts": {
        "task": "core.forget_ai_texts",
        "schedule": crontab(hour=2, minute=40),
    },
    "forget-ended-sessions": {
        "task": "accounts.forget_ended_sessions",
        "schedule": crontab(hour=2, minute=30),
    },
    "forget-old-notices": {
        "task": "banking.forget_old_notices",
        "schedule": crontab(hour=2, minute=40),
    },
}
