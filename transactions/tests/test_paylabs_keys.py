import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from transactions.paylabs.keys import InvalidKey, private_key, public_key

KEY = generate_private_key(65537, 2048)
PRIVATE_FORMATS = {"PKCS#1": PrivateFormat.TraditionalOpenSSL, "PKCS#8": PrivateFormat.PKCS8}
PUBLIC_FORMATS = {"PKCS#1": PublicFormat.PKCS1, "SPKI": PublicFormat.SubjectPublicKeyInfo}


def bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def mislabelled(pem: str) -> str:
    kind = "PRIVATE" if "PRIVATE" in pem else "PUBLIC"
    other = kind if f"RSA {kind}" in pem else f"RSA {kind}"
    return f"-----BEGIN {other} KEY-----\n{bare(pem)}\n-----END {other} KEY-----"


WRITTEN = {
    "PEM": str,
    "PEM on one line": lambda pem: pem.replace("\n", "\\n"),
    "bare base64": bare,
    "bare base64 in lines": lambda pem: "\n".join(pem.splitlines()[1:-1]),
    "under the other header": mislabelled,
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("kind", PRIVATE_FORMATS.values(), ids=PRIVATE_FORMATS)
def test_a_private_key_is_read_however_it_is_written(kind, written):
    pem = KEY.private_bytes(Encoding.PEM, kind, NoEncryption()).decode()

    assert private_key(written(pem)).private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("kind", PUBLIC_FORMATS.values(), ids=PUBLIC_FORMATS)
def test_a_public_key_is_read_however_it_is_written(kind, written):
    pem = KEY.public_key().public_bytes(Encoding.PEM, kind).decode()

    assert public_key(written(pem)).public_numbers() == KEY.public_key().public_numbers()


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN PRIVATE KEY-----", "QUJD", "not base64 at all", "ÄÖ"]
)
@pytest.mark.parametrize("read", [private_key, public_key])
def test_what_is_no_key_is_refused_without_being_quoted(read, text):
    with pytest.raises(InvalidKey) as refused:
        read(text)

    assert not text or text not in str(refused.value)


def test_a_key_of_another_kind_is_refused():
    other = ed25519.Ed25519PrivateKey.generate()
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with pytest.raises(InvalidKey):
        private_key(pem)
