"""Wiring only: settings, urls, the clock (celery), and who follows which news (events)."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
