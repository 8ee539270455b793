"""
Personal data at rest: AES-256-GCM per value, bound to its row and column.

A value reads `v1.<data key id>.<base64 of nonce and ciphertext>`. Its associated data is
`table|column|row code|key id`, so a value moved to another row or column does not decrypt.
Reading is lazy: nothing is decrypted until the attribute is asked for.
"""

import hmac
import os
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import models
from django.db.models.signals import pre_save

from core.keys import NONCE_BYTES, UnknownKey, ring

VERSION = "v1"


class Undecryptable(Exception):
    """A stored value was changed, moved, or its key is missing."""


@dataclass(frozen=True)
class Sealed:
    """An encrypted value as it lies in the database."""

    token: str

    @property
    def key_id(self) -> str:
        return self.token.split(".", 2)[1]

    def __str__(self) -> str:
        return "•••"

    __repr__ = __str__


def encrypt(text: str, *, context: str) -> Sealed:
    """Encrypt `text` under the current data key, bound to `context` (`table|column|row code`)."""
    key_id, cipher = ring.current()
    nonce = os.urandom(NONCE_BYTES)
    body = nonce + cipher.encrypt(nonce, text.encode(), f"{context}|{key_id}".encode())
    return Sealed(f"{VERSION}.{key_id}.{urlsafe_b64encode(body).decode()}")


def decrypt(sealed: Sealed, *, context: str) -> str:
    """Decrypt a value. Raises Undecryptable when it was changed, moved, or its key is missing."""
    try:
        version, key_id, text = sealed.token.split(".", 2)
        body = urlsafe_b64decode(text)
        # Bits that no byte of the text uses may not differ either.
        if version != VERSION or urlsafe_b64encode(body).decode() != text:
            raise ValueError(version)
        plain = ring.cipher(key_id).decrypt(
            body[:NONCE_BYTES], body[NONCE_BYTES:], f"{context}|{key_id}".encode()
        )
    except (ValueError, InvalidTag, UnknownKey) as error:
        raise Undecryptable(context) from error
    return plain.decode()


class _Plain:
    """The attribute on the model: plain text to its reader, sealed in the database."""

    def __init__(self, field: "EncryptedTextField"):
        self.field = field

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        data = instance.__dict__
        if self.field.attname not in data:
            data[self.field.attname] = self._fetch(instance)
        value = data[self.field.attname]
        if isinstance(value, Sealed):
            value = decrypt(value, context=self.field.context_of(instance))
            data[self.field.attname] = value
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value

    def _fetch(self, instance):
        # A deferred value, on its own: `refresh_from_db` would ask for the row's code a second time.
        rows = type(instance)._base_manager.db_manager(instance._state.db)
        return rows.values_list(self.field.attname, flat=True).get(pk=instance.pk)


class EncryptedTextField(models.TextField):
    """
    Text that only its own row can read. `row` names the attribute that identifies the row (its code).

    Saved through instances alone: `update(phone=…)` has no row to bind to and is refused; so is every
    lookup but `isnull`. To find a value, put a BlindIndexField beside it.
    """

    def __init__(self, *args, row: str, **kwargs):
        self.row = row
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"row": self.row}

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, name, _Plain(self))

    def context_of(self, instance) -> str:
        return f"{self.model._meta.db_table}|{self.column}|{getattr(instance, self.row)}"

    def from_db_value(self, value, expression, connection):
        return Sealed(value) if value else value

    def pre_save(self, model_instance, add):
        value = model_instance.__dict__.get(self.attname)
        if not value or isinstance(value, Sealed):
            return value
        return encrypt(value, context=self.context_of(model_instance))

    def get_prep_value(self, value):
        if value in ("", None):
            return value
        if isinstance(value, Sealed):
            return value.token
        raise TypeError(f"{self.name} is encrypted per row: save the instance instead")

    def get_lookup(self, lookup_name):
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


@cache
def _index_key(column: str) -> bytes:
    return hmac.digest(b64decode(settings.BLIND_INDEX_KEY), column.encode(), sha256)


def blind_index(text: str, *, column: str) -> str:
    """Return the keyed hash by which an encrypted `column` (`table.column`) is searched; "" for no text."""
    normal = "".join(text.split()).upper()
    return hmac.digest(_index_key(column), normal.encode(), sha256)[:16].hex() if normal else ""


class BlindIndexField(models.CharField):
    """The keyed hash of another field's plain text: answers "exactly this one?" without revealing any."""

    def __init__(self, *, of: str, **kwargs):
        self.of = of
        kwargs |= {
            "max_length": 32,
            "blank": True,
            "default": "",
            "editable": False,
            "db_index": True,
        }
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, _args, _kwargs = super().deconstruct()
        return name, path, [], {"of": self.of}

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        if not cls._meta.abstract:
            pre_save.connect(self._refuse_half_a_save, sender=cls, weak=False)

    def _refuse_half_a_save(self, *, update_fields, **_):
        # A text saved without its index could never be found again.
        if update_fields and self.of in update_fields and self.name not in update_fields:
            raise ValueError(f"save {self.of} together with {self.name}")

    def pre_save(self, model_instance, add):
        value = self.index_of(getattr(model_instance, self.of) or "")
        setattr(model_instance, self.attname, value)
        return value

    def index_of(self, text: str) -> str:
        """Return what to filter by: `filter(phone_index=Merchant.index_of("phone", text))`."""
        return blind_index(text, column=f"{self.model._meta.db_table}.{self.of}")
