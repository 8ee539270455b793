"""What every request passes through: an id and a log line, figures, policies, refusals."""

import time
import uuid
from urllib.parse import unquote

import structlog
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from core import metrics
from core.api.views import bad_request
from core.errors import Refusal

log = structlog.get_logger("saksama.request")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestMiddleware:
    """
    Give each request an id (`X-Request-ID` in the answer and in every log line), a line and a measure.

    Paths are logged without their query, which may hold what somebody searched for.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        started = time.perf_counter()
        request.id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id)
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        self._tell(request, response, time.perf_counter() - started)
        return response

    @staticmethod
    def _tell(request, response, seconds: float) -> None:
        route = getattr(request.resolver_match, "route", None) or "unknown"
        # A caller may invent methods; each would become a series of its own.
        method = request.method if request.method in METHODS else "OTHER"
        metrics.REQUESTS.labels(method, route, response.status_code).observe(seconds)
        if not request.path.startswith(("/health/", "/metrics", "/static/")):
            log.info(
                "request",
                method=method,
                path=request.path[:200],
                status=response.status_code,
                ms=round(seconds * 1000, 1),
            )


class PageCompressionMiddleware(GZipMiddleware):
    """Send pages compressed: a list of fifty rows is a tenth. Answers of the API stay the bytes they are."""

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class PlainAddressMiddleware:
    """Refuse NUL in an address: no text of ours holds one, and PostgreSQL stumbles over it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\x00" in request.path_info or "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            return bad_request(request)
        return self.get_response(request)


class TrailingSlashMiddleware:
    """API paths have no trailing slash; one that a client adds is forgiven."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(("/api/", "/koperasi/risk/")):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)


class AdminPolicyMiddleware:
    """Relax the content policy for the back office alone: its theme evaluates attributes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = {
                "script-src": [SELF, UNSAFE_EVAL],
                "style-src": [SELF, UNSAFE_INLINE],
            }
        return response


class NoStoreMiddleware:
    """What a signed-in person reads stays out of every cache and of other sites' pages."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class RefusalMiddleware:
    """Show a service's refusal as a page with its own words and status."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Refusal):
            return None
        response = render(request, "refusal.html", {"refusal": exception}, status=exception.status)
        if exception.retry_after:
            response["Retry-After"] = str(exception.retry_after)
        return response
