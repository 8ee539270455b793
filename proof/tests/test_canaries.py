import base64
import json

import pytest

from proof import canaries
from proof.canaries import Canary, Search


def test_personal_data_and_secrets_are_found_nowhere(prove):
    report = prove(canaries)

    assert report.figures["found"] == 0
    assert report.figures["spellings planted and found"] >= 10


PHONE = "+628127654321"


@pytest.mark.parametrize(
    "leak",
    [
        b'{"phone": "+628127654321"}',
        b"tel 08127654321",
        b"?phone=%2B628127654321",
        base64.b64encode(json.dumps([[], {"phone": PHONE}]).encode()),
        base64.b64encode(b"x" + PHONE.encode()),
        base64.b64encode(b"xy" + PHONE.encode() + b"z"),
        b"\\x" + PHONE.encode().hex().encode(),
        b"\x00\xff8127654321\xfe",
    ],
)
def test_a_leak_is_found_however_it_is_spelled(tmp_path, leak):
    nest = tmp_path / "nest"
    nest.mkdir()
    (nest / "dump.txt").write_bytes(b"before\n" + leak + b"\nafter\n")
    canary = Canary("phone", PHONE)

    hits = Search(nest, [canary]).hits([nest])

    assert {name for name, _ in hits} == {"dump.txt"} and hits[0][1] == canary


def test_what_is_not_there_is_not_found(tmp_path):
    nest = tmp_path / "nest"
    nest.mkdir()
    (nest / "dump.txt").write_text("+628127654322")

    assert Search(nest, [Canary("phone", PHONE)]).hits([nest]) == []
