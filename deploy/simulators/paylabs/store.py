"""
What the simulator remembers: one SQLite file, one connection, one piece of work at a time.

Amounts are sen, instants are seconds since 1970. Work that must see and change rows together happens
inside `writing()`, so of two payers at once the second finds the order paid.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    trade_no TEXT PRIMARY KEY, platform_trade_no TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL,
    product_name TEXT NOT NULL, notify_url TEXT NOT NULL, qr_code TEXT NOT NULL,
    created_at REAL NOT NULL, expires_at REAL NOT NULL, status TEXT NOT NULL DEFAULT '01',
    fee INTEGER, issuer TEXT, paid_at REAL, settles_at REAL, distortion TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS orders_newest ON orders (created_at);
CREATE INDEX IF NOT EXISTS orders_settling ON orders (settles_at);
CREATE TABLE IF NOT EXISTS refunds (
    refund_no TEXT PRIMARY KEY, trade_no TEXT NOT NULL REFERENCES orders, amount INTEGER NOT NULL,
    reason TEXT NOT NULL, platform_refund_no TEXT NOT NULL, rejected INTEGER NOT NULL,
    asked_at REAL NOT NULL, done_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_of_order ON refunds (trade_no);
CREATE TABLE IF NOT EXISTS callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, trade_no TEXT NOT NULL REFERENCES orders, url TEXT NOT NULL,
    fields TEXT NOT NULL, faults TEXT NOT NULL, after INTEGER, state TEXT NOT NULL DEFAULT 'WAITING',
    sendings INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS callbacks_of_order ON callbacks (trade_no);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (state, due_at);
CREATE TABLE IF NOT EXISTS sendings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, callback INTEGER NOT NULL REFERENCES callbacks,
    sent_at REAL NOT NULL, seconds REAL NOT NULL, body TEXT NOT NULL, http_status INTEGER,
    answer TEXT NOT NULL, problem TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sendings_of_callback ON sendings (callback);
CREATE TABLE IF NOT EXISTS behaviours (
    kind TEXT PRIMARY KEY, mode TEXT NOT NULL, seconds REAL, times INTEGER
);
"""
_turn = threading.RLock()


@cache
def _connection() -> sqlite3.Connection:
    connection = sqlite3.connect(settings.STORE, check_same_thread=False, isolation_level=None)
    connection.row_factory = sqlite3.Row
    # A killed process loses nothing; only a machine without power might lose the last moments.
    connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {TABLES}")
    return connection


@contextmanager
def writing() -> Iterator[None]:
    """Make what happens inside one step: all of it is kept, or nothing."""
    with _turn:
        connection = _connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def rows(sql: str, **values) -> list[sqlite3.Row]:
    """Return every row of a query with named placeholders."""
    with _turn:
        return _connection().execute(sql, values).fetchall()


def row(sql: str, **values) -> sqlite3.Row | None:
    """Return the first row of a query, or None."""
    with _turn:
        return _connection().execute(sql, values).fetchone()


def change(sql: str, **values) -> int:
    """Run one statement and return how many rows it touched."""
    with _turn:
        return _connection().execute(sql, values).rowcount


def insert(table: str, **values) -> int:
    """Add a row and return its number."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    with _turn:
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        return _connection().execute(sql, values).lastrowid


def forget_everything() -> None:
    """Empty every table; numbers are not given out again."""
    with writing():
        for table in ("sendings", "callbacks", "refunds", "orders", "behaviours"):
            change(f"DELETE FROM {table}")
