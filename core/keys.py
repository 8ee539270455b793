"""
Keys for personal data: data keys encrypt values, key-encryption keys wrap the data keys.

Key-encryption keys come from the environment (`ENCRYPTION_KEYS`, first is current) and never enter the
database; data keys lie there wrapped. A value names its data key, so both kinds rotate without downtime.
"""

import os
import secrets
import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field, replace
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from core.models.keys import DataKey

NONCE_BYTES = 12
# Serialises the making of data keys; any constant that nobody else locks.
_MAKE_KEY_LOCK = 7_305_001


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
    wrapping = _key_encryption_keys()[current_wrapping_key()]
    return nonce + wrapping.encrypt(nonce, key, key_id.encode())


def unwrap(row: DataKey) -> bytes:
    """Unwrap a data key. Raises UnknownKey when its key-encryption key is not configured or does not fit."""
    wrapping = _key_encryption_keys().get(row.wrapped_by)
    if wrapping is None:
        raise UnknownKey(
            f"data key {row.key_id} is wrapped by {row.wrapped_by}, which ENCRYPTION_KEYS does not list"
        )
    sealed = bytes(row.wrapped)
    try:
        return wrapping.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.key_id.encode())
    except InvalidTag as error:
        raise UnknownKey(
            f"data key {row.key_id} does not open with {row.wrapped_by} of ENCRYPTION_KEYS"
        ) from error


@dataclass(frozen=True)
class _Keys:
    """The data keys as they were read: those that open, and why others do not."""

    ciphers: dict[str, AESGCM] = field(default_factory=dict)
    unreadable: dict[str, UnknownKey] = field(default_factory=dict)
    current: str | None = None
    read_at: float = float("-inf")


class KeyRing:
    """The data keys of this process, read when first needed and looked at again now and then."""

    def __init__(self):
        self._keys = _Keys()
        self._lock = threading.Lock()

    def cipher(self, key_id: str) -> AESGCM:
        """Return the cipher of a data key. Raises UnknownKey when there is none, or none that opens."""
        keys = self._keys if key_id in self._keys.ciphers else self._read()
        return self._open(keys, key_id)

    def current(self) -> tuple[str, AESGCM]:
        """Return the id and cipher that new values use, making the first data key when there is none."""
        keys = self._keys
        if (
            keys.current is None
            or time.monotonic() - keys.read_at > settings.DATA_KEY_REFRESH_SECONDS
        ):
            keys = self._read()
        if keys.current is None:
            make_data_key()
            keys = self._read()
        return keys.current, self._open(keys, keys.current)

    def forget(self) -> None:
        """Read everything again at the next need."""
        self._keys = _Keys()

    @staticmethod
    def _open(keys: _Keys, key_id: str) -> AESGCM:
        if key_id in keys.ciphers:
            return keys.ciphers[key_id]
        raise keys.unreadable.get(key_id) or UnknownKey(f"there is no data key {key_id}")

    def _read(self) -> _Keys:
        with self._lock:
            keys = _Keys(read_at=time.monotonic())
            current = None
            for row in DataKey.objects.order_by("pk"):
                try:
                    keys.ciphers[row.key_id] = AESGCM(unwrap(row))
                except UnknownKey as error:
                    # Only values under this very key are out of reach.
                    keys.unreadable[row.key_id] = error
                current = row.key_id if row.retired_at is None else current
            self._keys = replace(keys, current=current)
            return self._keys


ring = KeyRing()


def make_data_key(*, replacing: bool = False) -> str:
    """
    Make a data key and return its id. Unless `replacing`, a key that somebody else just made is kept instead.

    Replacing retires every older key: they go on decrypting.
    """
    # On a connection of its own, so that it is committed at once: a request that is rolled back must not
    # leave this process encrypting under a key that nobody has.
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN")
            key_id = _make_data_key(cursor, replacing=replacing)
            cursor.execute("COMMIT")
    finally:
        own.close()
    return key_id


def _make_data_key(cursor, *, replacing: bool) -> str:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKE_KEY_LOCK])
    cursor.execute(
        "SELECT key_id FROM core_datakey WHERE retired_at IS NULL ORDER BY id DESC LIMIT 1"
    )
    if (row := cursor.fetchone()) and not replacing:
        return row[0]
    now = timezone.now()
    cursor.execute("UPDATE core_datakey SET retired_at = %s WHERE retired_at IS NULL", [now])
    key_id = secrets.token_hex(4)
    cursor.execute(
        "INSERT INTO core_datakey (key_id, wrapped, wrapped_by, created_at) VALUES (%s, %s, %s, %s)",
        [key_id, wrap(AESGCM.generate_key(256), key_id=key_id), current_wrapping_key(), now],
    )
    return key_id
