import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.parsers import MAX_DEPTH, strict_json

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_json_writes_is_read(value):
    assert strict_json(json.dumps(value).encode()) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(
    st.binary(max_size=60) | st.text('{}[]",:0123456789.eE+-ntfu\\ ', max_size=60).map(str.encode)
)
def test_anything_is_read_or_refused(raw):
    with suppress(ValueError):
        strict_json(raw)


def test_nesting_ends_at_its_limit():
    strict_json(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH)

    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json(b"[" * (MAX_DEPTH + 1) + b"1" + b"]" * (MAX_DEPTH + 1))
