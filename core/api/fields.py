"""How values look on the wire."""

from datetime import UTC, datetime
from decimal import Decimal

from rest_framework import serializers

from core.money import MAX_AMOUNT


def instant(value: datetime | None) -> str | None:
    """Write an instant in UTC with milliseconds and Z: `2026-11-21T02:30:33.404Z`."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class InstantField(serializers.DateTimeField):
    """An aware instant; out in UTC with milliseconds and Z."""

    def to_representation(self, value):
        return instant(value)


class AmountField(serializers.DecimalField):
    """Rupiah, more than 0, at most two decimals; a JSON number or a plain decimal text."""

    def __init__(self, **kwargs):
        kwargs = {"max_digits": 15, "decimal_places": 2, "max_value": MAX_AMOUNT} | kwargs
        super().__init__(min_value=Decimal("0.01"), **kwargs)

    def to_internal_value(self, data):
        # A boolean is a number to Python, and texts such as "1e3" or " 5" are numbers to Decimal.
        plain = isinstance(data, str) and data.replace(".", "", 1).isascii()
        if isinstance(data, bool) or (
            isinstance(data, str) and not (plain and data.replace(".", "", 1).isdigit())
        ):
            self.fail("invalid")
        return super().to_internal_value(data)
