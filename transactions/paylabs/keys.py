"""
RSA keys as merchants get them: PEM, also on one line with a literal `\\n`, or the bare base64 of it.

Bare base64 does not say which of two structures it holds: PKCS#1 or PKCS#8 for a private key, PKCS#1
or SubjectPublicKeyInfo for a public one. Both are tried.
"""

import base64
import binascii
import textwrap
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


class InvalidKey(ValueError):
    """The text holds no RSA key of the wanted kind. Its message never quotes the text."""


@lru_cache(maxsize=8)
def private_key(text: str) -> RSAPrivateKey:
    """Read a private key without a password. Raises InvalidKey."""
    kinds = ("PRIVATE KEY", "RSA PRIVATE KEY")
    key = _first(text, kinds, lambda pem: load_pem_private_key(pem, password=None))
    if not isinstance(key, RSAPrivateKey):
        raise InvalidKey("This is no RSA private key.")
    return key


@lru_cache(maxsize=8)
def public_key(text: str) -> RSAPublicKey:
    """Read a public key. Raises InvalidKey."""
    key = _first(text, ("PUBLIC KEY", "RSA PUBLIC KEY"), load_pem_public_key)
    if not isinstance(key, RSAPublicKey):
        raise InvalidKey("This is no RSA public key.")
    return key


def _first(text: str, kinds: tuple[str, ...], load):
    """Return what `load` makes of the first PEM that it understands, or None."""
    for pem in _pems(text.strip().replace("\\n", "\n"), kinds):
        try:
            return load(pem)
        except (ValueError, TypeError):
            continue
    return None


def _pems(text: str, kinds: tuple[str, ...]) -> list[bytes]:
    # Whoever wraps bare base64 in a header may have chosen the wrong one, so headers are not believed.
    inside = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        body = base64.b64encode(base64.b64decode("".join(inside.split()), validate=True)).decode()
    except (binascii.Error, ValueError):
        return []
    lines = "\n".join(textwrap.wrap(body, 64))
    return [f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n".encode() for kind in kinds]
