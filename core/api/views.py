"""Health, figures, and the answers for roads that lead nowhere."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core.api.responses import error_body
from core.request_context import client_address


def live(request):
    """The process answers."""
    return JsonResponse({"status": "ok"})


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
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        return client.ping()
    except redis.RedisError:
        return False


def figures(request):
    """Prometheus figures, for this machine or the bearer of METRICS_TOKEN."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    is_local = client_address(request) in ("127.0.0.1", "::1") and not settings.METRICS_TOKEN
    if not is_local and not (
        settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN)
    ):
        return not_found(request)
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry():
    import os

    from prometheus_client import REGISTRY, CollectorRegistry, multiprocess

    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


def not_found(request, exception=None):
    if _speaks_json(request):
        return JsonResponse(error_body(_("This address does not exist."), code="route_not_found"), status=404)
    return render(request, "404.html", status=404)


def server_error(request):
    if _speaks_json(request):
        message = _("Something went wrong on our side.")
        return JsonResponse(error_body(message, code="internal_error"), status=500)
    return render(request, "500.html", status=500)


def _speaks_json(request) -> bool:
    return request.path.startswith(("/api/", "/api-docs", "/health/", "/metrics"))
