"""The envelope: every answer of the merchant and bank API looks the same."""

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response


def ok(
    data: Any = None,
    *,
    message: str | None = None,
    status: int = 200,
    pagination: Mapping[str, Any] | None = None,
) -> Response:
    """Answer `{success: true, message?, data, pagination?}`."""
    body: dict[str, Any] = {"success": True}
    if message is not None:
        body["message"] = str(message)
    body["data"] = data
    if pagination is not None:
        body["pagination"] = pagination
    return Response(body, status=status)


def error_body(
    message: str, *, code: str, errors: list[Mapping[str, str]] | None = None
) -> dict[str, Any]:
    """Word a refusal: `{success: false, message, code, errors?}`."""
    body: dict[str, Any] = {"success": False, "message": str(message), "code": code}
    return body | {"errors": errors} if errors else body
