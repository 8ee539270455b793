"""The document of this API: its envelope, its refusals, and the header that names the koperasi."""

from drf_spectacular.utils import OpenApiParameter

from core.api.schema import Answer, EnvelopeSchema
from koperasi_risk.api.serializers import MetaSerializer, PagedMetaSerializer, RiskErrorSerializer

_TENANT_HEADER = OpenApiParameter(
    "X-Tenant-ID", int, OpenApiParameter.HEADER, required=True, description="Nomor koperasi."
)


class RiskSchema(EnvelopeSchema):
    """The schema generator of the views of this API, which are served under /koperasi/risk, too."""

    error_serializer = RiskErrorSerializer

    def get_override_parameters(self):
        parameters = super().get_override_parameters()
        return [_TENANT_HEADER, *parameters] if self.view.takes_tenant else parameters

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
        # A body is read as JSON whatever its header says.
        return (status for status in super()._possible_errors() if status != 415)
