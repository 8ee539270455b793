"""Bodies of this API: JSON whatever the header says of it, numbers as exactly as they were written."""

from decimal import Decimal, InvalidOperation

from core.api.parsers import StrictJSONParser, strict_json


class ExactJSONParser(StrictJSONParser):
    """One JSON object; a number with a fraction or an exponent is a Decimal, however large."""

    media_type = "*/*"

    def read(self, raw: bytes):
        return strict_json(raw, parse_float=_exact, parse_int=int)


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # The exponent alone is beyond what a Decimal holds.
        return Decimal("Infinity")
