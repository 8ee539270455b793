"""Bounded lists: what `page`, `limit` and `offset` may be."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

MAX_LIMIT = 100


def whole(*, minimum: int, maximum: int, default: int) -> serializers.IntegerField:
    """Return a query field for a whole number in a range; anything else is 400."""
    return serializers.IntegerField(
        min_value=minimum,
        max_value=maximum,
        default=default,
        error_messages={"invalid": _("Must be a whole number.")},
    )


class PageQuery(serializers.Serializer):
    page = whole(minimum=1, maximum=10_000_000, default=1)
    limit = whole(minimum=1, maximum=MAX_LIMIT, default=20)


class OffsetQuery(serializers.Serializer):
    limit = whole(minimum=1, maximum=MAX_LIMIT, default=50)
    offset = whole(minimum=0, maximum=10_000_000, default=0)


def query_of(request, serializer_class) -> dict:
    """Validate the query string; return its values. Raises ValidationError, answered 400."""
    serializer = serializer_class(data=request.query_params)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def page_facts(*, total: int, page: int, limit: int) -> dict[str, int]:
    """Word the `pagination` member."""
    return {"total": total, "page": page, "limit": limit, "pages": -(-total // limit)}
