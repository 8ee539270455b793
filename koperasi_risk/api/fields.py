"""Values of this API, taken only in their own JSON type: "12" is no number, and neither is true."""

import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import MAX_AMOUNT

MAX_ID = 2**63 - 1
_WHOLE = re.compile(r"[0-9]{1,30}")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


class WholeField(serializers.IntegerField):
    """A whole JSON number from `min_value` on."""

    default_error_messages = {"invalid": _("Must be a whole number.")}

    def __init__(self, **kwargs):
        super().__init__(**{"max_value": MAX_ID, "min_value": 1} | kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field(OpenApiTypes.NUMBER)
class NumberField(serializers.Field):
    """A finite JSON number, exactly as it was written; its range is the service's to judge."""

    default_error_messages = {"invalid": _("Must be a number.")}

    def to_internal_value(self, data):
        if not isinstance(data, int | Decimal) or isinstance(data, bool):
            self.fail("invalid")
        if not Decimal(data).is_finite():
            self.fail("invalid")
        return Decimal(data)


class RupiahField(NumberField):
    """An amount of rupiah above 0, at most two decimals."""

    default_error_messages = {
        "decimals": _("Has at most 2 decimals."),
        "range": _("Must be more than 0."),
    }

    def to_internal_value(self, data):
        amount = super().to_internal_value(data)
        if not 0 < amount <= MAX_AMOUNT:
            self.fail("range")
        if amount != round(amount, 2):
            self.fail("decimals")
        return amount


class PayloadField(serializers.DictField):
    """An object of whatever; its numbers are those that JSON knows."""

    default_error_messages = {"not_a_dict": _("Must be an object or null.")}

    def to_internal_value(self, data):
        if not isinstance(data, dict):
            self.fail("not_a_dict")
        return _plain(data)


def _plain(value):
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


@extend_schema_field(OpenApiTypes.NUMBER)
class PlainNumberField(serializers.Field):
    """A number in a query string."""

    default_error_messages = {"invalid": _("Must be a number.")}

    def to_internal_value(self, data):
        text = data.strip()
        if not _PLAIN_NUMBER.fullmatch(text):
            self.fail("invalid")
        return Decimal(text)


class PlainWholeField(serializers.IntegerField):
    """A whole number in a query string, from `min_value` on; more than `most` is taken for `most`."""

    default_error_messages = {"invalid": _("Must be a whole number.")}

    def __init__(self, *, most: int, **kwargs):
        self.most = most
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        found = whole(data.strip())
        if found is None:
            self.fail("invalid")
        return min(found, self.most)


def whole(text: str) -> int | None:
    """Return the number that these digits are; None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) else None
