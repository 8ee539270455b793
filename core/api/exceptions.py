"""The one place that turns exceptions into answers of the API."""

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from rest_framework import exceptions, status
from rest_framework.response import Response

from core.api.responses import error_body
from core.errors import InvalidInput, NotAllowed, NotFound, Refusal, Unavailable

log = structlog.get_logger("saksama.api")


class BodyTooLarge(Refusal):
    status = 413
    code = "body_too_large"
    default_message = _lazy("The body is too large.")


class Unreadable(InvalidInput):
    code = "unreadable_request"
    default_message = _lazy("The request could not be read.")


def exception_handler(error: Exception, context: dict) -> Response:
    """Answer a refusal in the envelope; log what nobody expected and say only that it happened."""
    view = type(context.get("view")).__name__
    if isinstance(error, exceptions.APIException):
        return _rest_framework(error)
    if refusal := refusal_of(error, view=view):
        return _refused(refusal)
    log.exception("unexpected_error", view=view)
    return Response(
        error_body(_("Something went wrong on our side."), code="internal_error"),
        status=status.HTTP_500_INTERNAL_SERVER_ERROR,
    )


def refusal_of(error: Exception, *, view: str) -> Refusal | None:
    """Return the refusal that an error is or amounts to; None for what nobody expected."""
    if isinstance(error, Refusal):
        return error
    for kind, refusal in _DJANGOS_OWN.items():
        if isinstance(error, kind):
            return refusal()
    if isinstance(error, OperationalError | InterfaceError):
        # The database is away, at its limit, or chose this call as the victim of a deadlock.
        log.exception("database_unavailable", view=view)
        return Unavailable(retry_after=1)
    return None


# The first that fits: a body that is too large is also a suspicious operation.
_DJANGOS_OWN = {
    Http404: NotFound,
    PermissionDenied: NotAllowed,
    RequestDataTooBig: BodyTooLarge,
    SuspiciousOperation: Unreadable,
    UnreadablePostError: Unreadable,
}


def _refused(refusal: Refusal) -> Response:
    errors = [{"field": name, "message": text} for name, text in refusal.fields.items()]
    body = error_body(refusal.message, code=refusal.code, errors=errors)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else None
    return Response(body, status=refusal.status, headers=headers)


def _rest_framework(error: exceptions.APIException) -> Response:
    headers = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, int(-(-wait // 1))))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.ValidationError):
        errors = list(field_errors(error.detail))
        body = error_body(_("Validation failed."), code="validation_failed", errors=errors)
    else:
        message, code = _words(error)
        body = error_body(message, code=code)
    return Response(body, status=error.status_code, headers=headers)


def _words(error: exceptions.APIException) -> tuple[str, str]:
    if isinstance(error, exceptions.NotAuthenticated):
        return _("Token not found"), "not_authenticated"
    if isinstance(error, exceptions.Throttled):
        return _("Too many requests. Please try again shortly."), "too_many_requests"
    if isinstance(error, exceptions.PermissionDenied):
        return _("You are not allowed to do this."), "not_allowed"
    if isinstance(error, exceptions.NotFound):
        return _("Not found."), "not_found"
    code = getattr(error.detail, "code", error.default_code)
    if code == exceptions.ParseError.default_code:
        # What a parser says is for developers.
        return str(Unreadable.default_message), Unreadable.code
    return str(error.detail), code


def field_errors(detail, path: str = ""):
    """Flatten a serializer's errors into `{field: "productInfo.0.price", message}` rows."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from field_errors(value, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        for index, item in enumerate(detail):
            yield from field_errors(item, f"{path}.{index}" if path else str(index))
    elif isinstance(detail, list):
        for item in detail:
            yield {"field": path, "message": str(item)}
    else:
        yield {"field": path, "message": str(detail)}
