"""
Signatures of the gateway, in both directions.

What is signed: `POST:<path>:<lowercase hex SHA-256 of the body>:<timestamp>`, by RSA (PKCS#1 v1.5)
with SHA-256, in base64. The hash is over the very bytes that travel; nothing is parsed or written anew.

Source: the contract's page on Paylabs (`POST`, path with its leading slash, Jakarta time).
"""

import base64
import binascii
import hashlib
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from core.dates import JAKARTA


def string_to_sign(*, path: str, body: bytes, timestamp: str) -> bytes:
    """
    Return what is signed for one message.

    >>> string_to_sign(path="/x", body=b"{}", timestamp="2026-03-02T12:00:00.000+07:00")
    b'POST:/x:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a:2026-03-02T12:00:00.000+07:00'
    """
    return f"POST:{path}:{hashlib.sha256(body).hexdigest()}:{timestamp}".encode()


def sign(*, key: RSAPrivateKey, path: str, body: bytes, timestamp: str) -> str:
    """Return the signature of one message in base64."""
    message = string_to_sign(path=path, body=body, timestamp=timestamp)
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def is_signed_by(
    *, key: RSAPublicKey, path: str, body: bytes, timestamp: str, signature: str
) -> bool:
    """Say whether the holder of `key`'s private half signed this very message."""
    message = string_to_sign(path=path, body=body, timestamp=timestamp)
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    # Python's reader takes surplus padding and unused bits; only one text is the signature.
    return base64.b64encode(raw).decode() == signature


def timestamp_of(now: datetime) -> str:
    """Word an instant as the gateway does: `2026-03-02T12:00:00.000+07:00`."""
    return now.astimezone(JAKARTA).isoformat(timespec="milliseconds")


def instant_of(timestamp: str) -> datetime | None:
    """
    Read a timestamp, with or without milliseconds; None for any other text or one without an offset.

    >>> instant_of("2026-03-02T12:00:00+07:00").isoformat()
    '2026-03-02T12:00:00+07:00'
    >>> instant_of("2026-03-02T12:00:00")
    """
    try:
        instant = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
