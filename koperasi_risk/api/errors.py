"""
Every refusal of this API in its own envelope, whoever refused: a view, the URLconf, a middleware.

`{success: false, message, data: null, meta: {request_id, timestamp, status_code}, errors: {field: [texts]} | null}`
"""

import json
from collections.abc import Iterable, Mapping

from rest_framework import status

from core.api.exceptions import Unreadable
from core.errors import NotAllowed, NotFound, Refusal, Unavailable
from koperasi_risk.api.answers import meta_of

PREFIXES = ("/koperasi/risk", "/api/koperasi")
# Of what knows no field: a body that is no object, a key that appears twice.
WHOLE_BODY = "body"
# What no view of ours worded, such as Django's own pages in development.
_WORDS = {
    kind.status: kind.default_message for kind in (Refusal, NotAllowed, NotFound, Unavailable)
}


class ErrorEnvelopeMiddleware:
    """Dress every refusal under our prefixes; what succeeds passes as it is."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code >= 400 and _is_ours(request.path_info):
            _dress(request, response)
        return response


def _is_ours(path: str) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in PREFIXES)


def _dress(request, response) -> None:
    if response.status_code == status.HTTP_415_UNSUPPORTED_MEDIA_TYPE:
        response.status_code = status.HTTP_400_BAD_REQUEST
    said = _said(response)
    body = {
        "success": False,
        "message": said["message"],
        "data": None,
        "meta": meta_of(request) | {"status_code": response.status_code},
        "errors": _by_field(said.get("errors", ())) or None,
    }
    response.content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    response["Content-Type"] = "application/json"
    response["Content-Length"] = str(len(response.content))


def _said(response) -> Mapping:
    """Return what the house's own envelope says."""
    if response.get("Content-Type", "").startswith("application/json"):
        return json.loads(response.content)
    return {"message": str(_WORDS.get(response.status_code, Unreadable.default_message))}


def _by_field(errors: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for error in errors:
        fields.setdefault(error["field"] or WHOLE_BODY, []).append(error["message"])
    return fields
