"""How values look on the wire."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from rest_framework import serializers

from core.money import MAX_AMOUNT

_PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def instant(value: datetime | None) -> str | None:
    """Write an instant in UTC with milliseconds and Z: `2026-11-21T02:30:33.404Z`."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class InstantField(serializers.DateTimeField):
    """An aware instant; out in UTC with milliseconds and Z."""

    def to_representation(self, value):
        return instant(value)


class TextField(serializers.CharField):
    """A text; a JSON number is none, however readable."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PlainDecimalField(serializers.DecimalField):
    """
    A number or a plain decimal text. Decimal would also read True, "1e3", " 5" and other digits.

    Subclasses have bounds, two decimals, and `pattern`: the texts that keep to both, for the document.
    """

    def validate_empty_values(self, data):
        # Decimal's own takes an empty text for null.
        return serializers.Field.validate_empty_values(self, data)

    def to_internal_value(self, data):
        is_number = isinstance(data, int | float | Decimal) and not isinstance(data, bool)
        is_plain_text = isinstance(data, str) and _PLAIN_DECIMAL.fullmatch(data)
        if not (is_number or is_plain_text):
            self.fail("invalid")
        return super().to_internal_value(data)


class AmountField(PlainDecimalField):
    """Rupiah, more than 0, at most two decimals; a JSON number or a plain decimal text."""

    pattern = r"^(?![0.]+$)[0-9]{1,13}(\.[0-9]{1,2})?$"

    def __init__(self, **kwargs):
        kwargs = {"max_digits": 15, "decimal_places": 2, "max_value": MAX_AMOUNT} | kwargs
        super().__init__(min_value=Decimal("0.01"), **kwargs)
