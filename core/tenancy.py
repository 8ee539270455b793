"""
The tenant of the present transaction: PostgreSQL's row-level security shows its rows alone.

The first lock is every query's own, which starts from a tenant; this is the second. Without a tenant
no tenant's row is seen and none is written.

    with tenant_scope(tenant.pk):
        ...
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from django.db import connection, models, transaction


@contextmanager
def tenant_scope(tenant_id: int | None, *, person_id: int | None = None) -> Iterator[None]:
    """
    Open a transaction that sees one tenant's rows; within another, step over and back again.

    With `person_id` that person's own memberships are seen, too, whichever tenant they are of.
    """
    before = _present() if connection.in_atomic_block else ("", "")
    with transaction.atomic():
        enter(tenant_id, person_id=person_id)
        yield
    # A savepoint that is rolled back takes the setting along; one that is kept does not.
    if connection.in_atomic_block:
        enter(*before[:1], person_id=before[1])


def enter(tenant_id: int | str | None, *, person_id: int | str | None = None) -> None:
    """Set tenant and person for the rest of the present transaction."""
    assert connection.in_atomic_block, "a tenant is set for a transaction"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.tenant', %s, true), set_config('app.person', %s, true)",
            [str(tenant_id or ""), str(person_id or "")],
        )


def current_tenant() -> int | None:
    """Return the tenant whose rows the present transaction sees."""
    return int(_present()[0] or 0) or None


def _present() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.tenant', true), ''),"
            " coalesce(current_setting('app.person', true), '')"
        )
        return cursor.fetchone()


def scopes_of(model: type[models.Model]) -> list[Callable]:
    """
    Return what opens each part of a model's rows that can be seen at once: `with scope(): …`.

    A model of tenants' rows names its tenants by a static method `tenant_ids`.
    """
    if not hasattr(model, "tenant_ids"):
        return [nullcontext]
    return [partial(tenant_scope, tenant_id) for tenant_id in model.tenant_ids()]
