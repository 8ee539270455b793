"""OpenAPI: the envelope around every answer, the errors that each route may give."""

from drf_spectacular.openapi import AutoSchema


class EnvelopeSchema(AutoSchema):
    """The schema generator of every view."""
