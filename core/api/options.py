"""What OPTIONS answers: the methods, and nothing about how we are built."""

from rest_framework.metadata import BaseMetadata


class Methods(BaseMetadata):
    def determine_metadata(self, request, view):
        return {"success": True, "data": {"methods": view.allowed_methods}}
