"""The API's own description: OpenAPI as JSON, and Swagger UI served by ourselves."""

from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation


class AlwaysFirst(DefaultContentNegotiation):
    """Whatever was asked for, there is one form: a browser that opens the address gets it too."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class SchemaView(SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer2]
    content_negotiation_class = AlwaysFirst


class DocsView(SpectacularSwaggerSplitView):
    template_name = "core/api_docs.html"
    url_name = "schema"
    content_negotiation_class = AlwaysFirst
