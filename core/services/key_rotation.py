"""
Changing keys while the product runs.

A wrapping key changes by wrapping the data keys anew; values are not touched. A data key changes by making
a new one, which new values use at once, and re-encrypting the old values in the background: each by
conditional update, so that a value somebody saves meanwhile wins. Old keys go on reading what is left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection, models, transaction

from core.audit import record
from core.encryption import EncryptedTextField, Sealed, Undecryptable, decrypt, encrypt
from core.keys import current_wrapping_key, make_data_key, ring, unwrap, wrap
from core.models import DataKey
from core.tenancy import scopes_of

BATCH = 1_000
# A process hears of a new key within seconds; an interrupted run is taken up within days.
SWEEP_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Progress:
    """One batch of one field: how many values are new, were saved meanwhile, or cannot be read."""

    field: str
    renewed: int = 0
    overtaken: int = 0
    unreadable: int = 0


@transaction.atomic
def rewrap_data_keys(*, now: datetime, by=None) -> int:
    """
    Wrap every data key under the current key-encryption key; return how many were under another.

    Repeating is safe. Raises UnknownKey, and changes nothing, when one of them cannot be unwrapped.
    """
    others = DataKey.objects.select_for_update().exclude(wrapped_by=current_wrapping_key())
    rows = list(others.order_by("pk"))
    for row in rows:
        row.wrapped = wrap(unwrap(row), key_id=row.key_id)
        row.wrapped_by = current_wrapping_key()
        row.save(update_fields=["wrapped", "wrapped_by"])
    if rows:
        record("data_keys.rewrapped", now=now, by=by, keys=len(rows), under=current_wrapping_key())
    return len(rows)


def replace_data_key(*, now: datetime, by=None) -> str:
    """Make a new data key, retire the others from writing, and return its id."""
    key_id = make_data_key(replacing=True)
    ring.forget()
    record("data_key.replaced", now=now, by=by, key=key_id)
    return key_id


def lately_replaced(*, now: datetime) -> bool:
    """Tell whether a data key was retired so lately that values may still lie under it."""
    return DataKey.objects.filter(retired_at__gt=now - SWEEP_FOR).exists()


def encrypted_fields() -> list[EncryptedTextField]:
    """Return every encrypted field of every model."""
    return [
        field
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]


def values_left() -> dict[str, int]:
    """Count the values of each field that still lie under a retired data key."""
    key_id, _ = ring.current()
    return {str(field): _count_left(field, key_id) for field in encrypted_fields()}


def _count_left(field: EncryptedTextField, key_id: str) -> int:
    left = 0
    for scope in scopes_of(field.model):
        with scope():
            left += _left(field, key_id).count()
    return left


def reencrypt(*, batch: int = BATCH) -> Iterator[Progress]:
    """
    Re-encrypt what lies under retired keys, a batch and a commit at a time.

    What is left is asked of the rows themselves, so a run that stopped goes on by being started again.
    """
    key_id, _ = ring.current()
    for field in encrypted_fields():
        for scope in scopes_of(field.model):
            yield from _reencrypt(field, key_id, scope, batch=batch)


def _reencrypt(field, key_id: str, scope: Callable, *, batch: int) -> Iterator[Progress]:
    last_pk, rows = None, True
    while rows:
        with scope():
            rows = _next_rows(field, key_id, after=last_pk, batch=batch)
            progress = _renew(field, rows) if rows else None
        if progress:
            yield progress
            last_pk = rows[-1][0]


def _left(field: EncryptedTextField, key_id: str) -> models.QuerySet:
    # Lookups on an encrypted field are refused for good reason; its stored form is compared here.
    stored = models.functions.Cast(field.attname, models.TextField())
    rows = field.model._base_manager.annotate(stored=stored).exclude(stored="")
    return rows.filter(stored__isnull=False).exclude(stored__startswith=f"v1.{key_id}.")


def _next_rows(field, key_id: str, *, after, batch: int) -> list[tuple]:
    """Read (primary key, row's context, old token) of the next rows that are left."""
    rows = _left(field, key_id).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    # Only what the context needs: `row` may name a property of several columns.
    instances = rows.defer(*_others(field))[:batch]
    return [(instance.pk, field.context_of(instance), instance.stored) for instance in instances]


def _others(field) -> list[str]:
    heavy = (EncryptedTextField, models.JSONField, models.BinaryField)
    return [other.name for other in field.model._meta.local_fields if isinstance(other, heavy)]


def _renew(field: EncryptedTextField, rows: list[tuple]) -> Progress:
    changes = []
    for pk, context, old in rows:
        try:
            changes.append(
                (pk, old, encrypt(decrypt(Sealed(old), context=context), context=context).token)
            )
        except Undecryptable:
            # Left as it is: somebody must look at it, and the others must not wait.
            continue
    renewed = _exchange(field, changes)
    return Progress(
        field=str(field),
        renewed=renewed,
        overtaken=len(changes) - renewed,
        unreadable=len(rows) - len(changes),
    )


def _exchange(field: EncryptedTextField, changes: list[tuple]) -> int:
    """Write new tokens where the old ones still stand; return how many did."""
    if not changes:
        return 0
    quote = connection.ops.quote_name
    table, column, key = (
        quote(name)
        for name in (field.model._meta.db_table, field.column, field.model._meta.pk.column)
    )
    pks, olds, news = (list(part) for part in zip(*changes, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS t SET {column} = change.new"  # noqa: S608 (names are the model's)
            f" FROM unnest(%s, %s::text[], %s::text[]) AS change(pk, old, new)"
            f" WHERE t.{key} = change.pk AND t.{column} = change.old",
            [pks, olds, news],
        )
        return cursor.rowcount
