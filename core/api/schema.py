"""
OpenAPI: the envelope around every answer, the errors that each route may give.

A view names the serializer of its `data`, and the schema draws the envelope around it:

    @extend_schema(responses=ProfileSerializer)                                # {success, data}
    @extend_schema(responses=answer(LoginSerializer, message=True))            # {success, message, data}
    @extend_schema(responses=answer(SaleSerializer(many=True), paged=True))    # {success, data, pagination}
    @extend_schema(responses={201: answer(SaleSerializer, message=True), 202: ChallengeSerializer})
    @extend_schema(responses=answer(None, message=True))                       # {success, message, data: null}
    @extend_schema(responses=bare(AcknowledgementSerializer))                  # the body as it is
    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})            # another media type

Errors (400, 401, 403, 404, 406, 409, 413, 415, 422, 429, ...) are added by themselves where they can happen.
Query strings: `@extend_schema(parameters=[PageQuery])`. A POST under `@idempotent` gets its header; a view that
uses `once` says `takes_idempotency_key = True`; one that refuses strangers in other ways names these statuses
in `also_answers`.
"""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import AllowAny

JSON = "application/json"


class Answer(OpenApiResponse):
    """What a route answers; `message` and `pagination` say which members stand beside `data`."""

    def __init__(self, response, *, message: bool, pagination, enveloped: bool, description: str):
        super().__init__(response=response, description=description)
        self.message, self.pagination, self.enveloped = message, pagination, enveloped


class PaginationSerializer(serializers.Serializer):
    total = serializers.IntegerField(min_value=0)
    page = serializers.IntegerField(min_value=1)
    limit = serializers.IntegerField(min_value=1)
    pages = serializers.IntegerField(min_value=0)


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class ErrorSerializer(serializers.Serializer):
    """Every refusal: `message` is for people, `code` for programs."""

    success = serializers.BooleanField(help_text="false")
    message = serializers.CharField()
    code = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)


def answer(
    serializer: Any,
    *,
    message: bool = False,
    paged: bool = False,
    pagination: Any = None,
    description: str = "",
) -> Answer:
    """
    Declare an answer in the envelope, `serializer` being its `data` (None: `data` is null).

    `paged` adds the usual `pagination` member; another shape of it goes into `pagination`.
    """
    if paged:
        pagination = pagination or PaginationSerializer
    return Answer(
        serializer, message=message, pagination=pagination, enveloped=True, description=description
    )


def bare(serializer: Any, *, description: str = "") -> Answer:
    """Declare an answer outside the envelope, such as a gateway's acknowledgement."""
    return Answer(
        serializer, message=False, pagination=None, enveloped=False, description=description
    )


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class PlainDecimalSchema(OpenApiSerializerFieldExtension):
    target_class = "core.api.fields.PlainDecimalField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema, direction):
        least, most = float(self.target.min_value), float(self.target.max_value)
        number = {"type": "number", "minimum": least, "maximum": most, "multipleOf": 0.01}
        return {"oneOf": [number, {"type": "string", "pattern": self.target.pattern}]}


_ERRORS = {
    400: _("The input is not valid."),
    401: _("Nobody is signed in, or the token has ended."),
    403: _("Not allowed to this role."),
    404: _("Not there, or not for the caller's eyes."),
    406: _("No form of the answer fits the Accept header."),
    409: _("In conflict with what is there, or still being worked on."),
    413: _("The body is too large."),
    415: _("The body is not JSON."),
    422: _("The Idempotency-Key belongs to another request."),
    429: _("Too many requests; `Retry-After` says when to come back."),
    500: _("Something went wrong on our side."),
    503: _("Not available right now."),
}
_KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key and body again gets the stored answer; kept for 7 days.",
)


def under_api_alone(endpoints, **_):
    """Leave out second addresses of the same doors."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


class EnvelopeSchema(AutoSchema):
    """The schema generator of every view; see the module."""

    error_serializer = ErrorSerializer

    def get_override_parameters(self):
        parameters = [*super().get_override_parameters()]
        return [*parameters, _KEY_HEADER] if self._takes_a_key() else parameters

    def _get_parameters(self):
        parameters = super()._get_parameters()
        for parameter in parameters:
            if parameter["in"] == "query" and not parameter.get("required"):
                # Forms send every field; one left empty is as good as none.
                parameter["allowEmptyValue"] = True
        return parameters

    def get_operation_id(self) -> str:
        words = [
            f"by_{part.strip('{}')}" if part.startswith("{") else part
            for part in self.path.removeprefix("/api/").strip("/").split("/")
        ]
        return re.sub(r"\W", "_", "_".join([self.method.lower(), *words]))

    def get_tags(self) -> list[str]:
        # /api/<area>/…
        return [self.path.strip("/").split("/")[1]]

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        for status in (*self._possible_errors(), *getattr(self.view, "also_answers", ())):
            if str(status) not in bodies:
                bodies[str(status)] = self._get_response_for_code(
                    OpenApiResponse(self.error_serializer, description=str(_ERRORS[status])),
                    str(status),
                )
        return dict(sorted(bodies.items()))

    def _get_response_for_code(
        self, serializer, status_code, media_types=None, direction="response"
    ):
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        declared = serializer if isinstance(serializer, Answer) else answer(serializer)
        is_json = media_types is None or JSON in media_types
        if not (status_code.startswith("2") and is_json and declared.enveloped):
            return response
        if serializer is None or status_code == "204":
            return response
        content = response.setdefault("content", {JSON: {}})
        for body in content.values():
            body["schema"] = self._envelope(body.get("schema"), declared)
        response["description"] = declared.description
        return response

    def _envelope(self, data: dict | None, declared: Answer) -> dict:
        members: dict[str, Any] = {"success": {"type": "boolean", "enum": [True]}}
        if declared.message:
            members["message"] = {"type": "string"}
        members["data"] = data or {"type": "object", "nullable": True}
        if declared.pagination:
            members["pagination"] = self.resolve_serializer(declared.pagination, "response").ref
        return {"type": "object", "properties": members, "required": list(members)}

    def _possible_errors(self):
        takes_body = self.method in ("POST", "PUT", "PATCH")
        is_open = any(
            isinstance(permission, AllowAny) for permission in self.view.get_permissions()
        )
        yield 400
        if not is_open:
            yield from (401, 403)
        if not is_open or "{" in self.path:
            yield 404
        yield 406
        if takes_body:
            yield from (409, 413, 415)
        if self._takes_a_key():
            yield 422
        yield from (429, 500, 503)

    def _takes_a_key(self) -> bool:
        if self.method != "POST":
            return False
        handler = getattr(self.view, "post", None)
        return getattr(handler, "is_idempotent", False) or getattr(
            self.view, "takes_idempotency_key", False
        )
