"""JSON, read strictly: what two parsers could read differently is refused."""

import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def strict_json(
    raw: bytes,
    *,
    parse_float: Callable[[str], Any] = _finite,
    parse_int: Callable[[str], Any] = _whole,
) -> Any:
    """
    Read one JSON value from UTF-8 bytes.

    Raises ValueError for duplicate keys, NaN, infinities, lone surrogates, NUL in a text, nesting
    deeper than MAX_DEPTH and, unless it is told how else to read them, numbers beyond a double.
    """
    text = raw.decode("utf-8")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=parse_float,
            parse_int=parse_int,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check(value, depth=0)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key appears twice")
    return result


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not JSON")


def _check(value: Any, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth=depth)
            _check(item, depth=depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth=depth + 1)
    elif isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a text holds NUL")
        value.encode("utf-8")  # Refuses lone surrogates.


class StrictJSONParser(JSONParser):
    """One JSON object, strictly read, of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes (413)."""

    def parse(self, stream, media_type=None, parser_context=None):
        # Django's `body` refuses what is too large before reading it, and keeps the bytes for others
        # (signatures, idempotency keys) that want them too.
        raw = parser_context["request"]._request.body
        try:
            value = self.read(raw)
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON."), code="invalid_json") from error
        if not isinstance(value, dict):
            raise ParseError(_("The body must be a JSON object."), code="invalid_json")
        return value

    def read(self, raw: bytes) -> Any:
        return strict_json(raw)
