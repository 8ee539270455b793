"""Hands that tests need: the owner's, and several at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from django.conf import settings
from django.db import connection, connections

AUDIT_TABLES = ("core_auditentry", "core_auditseal")


@contextmanager
def owners_cursor() -> Iterator:
    """A cursor in the owner's role, with the triggers of the audit log switched off."""
    own = connections.create_connection("default")
    own.settings_dict = own.settings_dict | settings.OWNER_CREDENTIALS
    try:
        with own.cursor() as cursor:
            _triggers(cursor, "DISABLE")
            try:
                yield cursor
            finally:
                _triggers(cursor, "ENABLE")
    finally:
        own.close()


def _triggers(cursor, word: str) -> None:
    for table in AUDIT_TABLES:
        cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")


def side_by_side(count: int, work: Callable, *, workers: int | None = None) -> list:
    """Call `work(number)` from many threads that start together; return what each answered."""
    workers = workers or count
    together = Barrier(workers)

    def run(number: int):
        if number < workers:
            together.wait(10)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(count)))
