"""Health, figures, and the answers for roads that lead nowhere."""

import math
import os

from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)

from core import audit_chain, metrics, outbox
from core.api.responses import error_body
from core.redis_client import RedisAway, ask, quick_redis
from core.request_context import client_address


@require_safe
def live(request):
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request):
    """The process can work: database and Redis answer."""
    checks = {"database": _database_answers(), "redis": _redis_answers()}
    return JsonResponse(
        {"status": "ok" if all(checks.values()) else "unavailable", "checks": checks},
        status=200 if all(checks.values()) else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    try:
        return ask(quick_redis().ping) is True
    except RedisAway:
        return False


@require_safe
def figures(request):
    """Prometheus figures, for the bearer of METRICS_TOKEN or, where none is set, for this machine."""
    if not _may_read_figures(request):
        return not_found(request)
    _count_waiting_news()
    _ask_for_the_audit_alarm()
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _count_waiting_news() -> None:
    try:
        waiting = outbox.waiting(now=timezone.now())
    except Error:
        # Figures are wanted most when the database is away.
        waiting = outbox.Waiting(events=math.nan, oldest_seconds=math.nan)
    metrics.OUTBOX_WAITING.set(waiting.events)
    metrics.OUTBOX_OLDEST.set(waiting.oldest_seconds)


def _ask_for_the_audit_alarm() -> None:
    try:
        alarmed = audit_chain.alarmed(now=timezone.now())
    except Error:
        alarmed = math.nan
    metrics.AUDIT_DIFFERS.set(alarmed)


def _may_read_figures(request) -> bool:
    if settings.METRICS_TOKEN:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return constant_time_compare(token, settings.METRICS_TOKEN)
    # A proxy on this machine speaks for others.
    is_forwarded = "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES
    return client_address(request) in ("127.0.0.1", "::1") and not is_forwarded


def _registry():
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


def bad_request(request, exception=None):
    if not _speaks_json(request):
        return defaults.bad_request(request, exception)
    message = _("The request could not be read.")
    return JsonResponse(error_body(message, code="unreadable_request"), status=400)


def not_found(request, exception=None):
    if not _speaks_json(request):
        return defaults.page_not_found(request, exception)
    message = _("This address does not exist.")
    return JsonResponse(error_body(message, code="route_not_found"), status=404)


def server_error(request):
    if not _speaks_json(request):
        return defaults.server_error(request)
    message = _("Something went wrong on our side.")
    return JsonResponse(error_body(message, code="internal_error"), status=500)


def _speaks_json(request) -> bool:
    first, second, *_ = f"{request.path}//".split("/")[1:]
    return first in ("api", "api-docs", "health", "metrics") or (first, second) == (
        "koperasi",
        "risk",
    )
