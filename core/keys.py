"""
Keys for personal data: data keys encrypt values, key-encryption keys wrap the data keys.

Key-encryption keys come from the environment (`ENCRYPTION_KEYS`, first is current) and never enter the
database; data keys lie there wrapped. A value names its data key, so both kinds rotate without downtime.
"""

import os
import secrets
import threading
from base64 import b64decode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.models.keys import DataKey

NONCE_BYTES = 12
# Serialises the making of data keys; any constant that nobody else locks.
_MAKE_KEY_LOCK = 7_305_001
_REFRESH_SECONDS = 30


class UnknownKey(Exception):
    """A value or data key names a key that this process was not given."""


@cache
def _key_encryption_keys() -> dict[str, AESGCM]:
    pairs = (text.partition(":") for text in settings.ENCRYPTION_KEYS)
    return {name: AESGCM(b64decode(key)) for name, _, key in pairs}


def current_wrapping_key() -> str:
    """Return the id of the key-encryption key that wraps new data keys."""
    return next(iter(_key_encryption_keys()))


def wrap(key: bytes, *, key_id: str) -> bytes:
    """Wrap a data key under the current key-encryption key, bound to its id."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _key_encryption_keys()[current_wrapping_key()].encrypt(
        nonce, key, key_id.encode()
    )


def unwrap(row: DataKey) -> bytes:
    """Unwrap a data key. Raises UnknownKey when its key-encryption key is not configured or does not fit."""
    sealed = bytes(row.wrapped)
    try:
        wrapping = _key_encryption_keys()[row.wrapped_by]
        return wrapping.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.key_id.encode())
    except (KeyError, InvalidTag) as error:
        raise UnknownKey(
            f"data key {row.key_id} cannot be unwrapped by {row.wrapped_by}"
        ) from error


class KeyRing:
    """The data keys of this process, read when first needed and looked at again now and then."""

    def __init__(self):
        self._lock = threading.Lock()
        self._ciphers: dict[str, AESGCM] = {}
        self._current: str | None = None
        self._read_at = 0.0

    def cipher(self, key_id: str) -> AESGCM:
        """Return the cipher of a data key. Raises UnknownKey when there is none."""
        if key_id not in self._ciphers:
            self._read()
        if key_id not in self._ciphers:
            raise UnknownKey(f"no data key {key_id}")
        return self._ciphers[key_id]

    def current(self) -> tuple[str, AESGCM]:
        """Return the id and cipher that new values use, making the first data key when there is none."""
        stale = timezone.now().timestamp() - self._read_at > _REFRESH_SECONDS
        if self._current is None or stale:
            self._read()
        if self._current is None:
            make_data_key()
            self._read()
        return self._current, self._ciphers[self._current]

    def forget(self) -> None:
        """Read everything again at the next need."""
        with self._lock:
            self._ciphers, self._current, self._read_at = {}, None, 0.0

    def _read(self) -> None:
        with self._lock:
            rows = list(DataKey.objects.order_by("pk"))
            self._ciphers = {row.key_id: AESGCM(unwrap(row)) for row in rows}
            live = [row.key_id for row in rows if row.retired_at is None]
            self._current = live[-1] if live else None
            self._read_at = timezone.now().timestamp()


ring = KeyRing()


@transaction.atomic
def make_data_key(*, replacing: bool = False) -> DataKey:
    """
    Make a data key and return it. Unless `replacing`, a key that somebody else just made is returned instead.

    Replacing retires every older key: they go on decrypting.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKE_KEY_LOCK])
    live = DataKey.objects.filter(retired_at=None)
    if not replacing and (row := live.order_by("-pk").first()):
        return row
    now = timezone.now()
    live.update(retired_at=now)
    key_id = secrets.token_hex(4)
    return DataKey.objects.create(
        key_id=key_id,
        wrapped=wrap(AESGCM.generate_key(256), key_id=key_id),
        wrapped_by=current_wrapping_key(),
        created_at=now,
    )
