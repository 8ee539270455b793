"""The document of this API: its envelope, its refusals, and the header that names the koperasi."""

import re

from drf_spectacular.utils import OpenApiParameter

from core.api.schema import JSON, Answer, EnvelopeSchema
from koperasi_risk.api.fields import MAX_ID
from koperasi_risk.api.serializers import MetaSerializer, PagedMetaSerializer, RiskErrorSerializer
from koperasi_risk.api.tenants import HEADER

_NUMBER = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
_TENANT_HEADER = OpenApiParameter(
    HEADER, _NUMBER, OpenApiParameter.HEADER, required=True, description="Nomor koperasi."
)


class RiskSchema(EnvelopeSchema):
    """The schema generator of the views of this API, which are served under /koperasi/risk, too."""

    error_serializer = RiskErrorSerializer

    def get_override_parameters(self):
        parameters = super().get_override_parameters()
        in_path = [
            OpenApiParameter(name, _NUMBER, OpenApiParameter.PATH)
            for name in re.findall(r"{(\w+)}", self.path)
        ]
        own = [_TENANT_HEADER] if self.view.takes_tenant else []
        return [*own, *in_path, *parameters]

    def map_parsers(self):
        # Whatever the header says is read as JSON.
        return [JSON]

    def _envelope(self, data: dict | None, declared: Answer) -> dict:
        meta = PagedMetaSerializer if declared.pagination else MetaSerializer
        members = {
            "success": {"type": "boolean", "enum": [True]},
            "message": {"type": "string"},
            "data": data or {"type": "object", "nullable": True},
            "meta": self.resolve_serializer(meta, "response").ref,
            "errors": {"type": "object", "nullable": True},
        }
        return {"type": "object", "properties": members, "required": list(members)}

    def _possible_errors(self):
        # Bodies are read and answers written as JSON whatever the headers say.
        return (status for status in super()._possible_errors() if status not in (406, 415))
