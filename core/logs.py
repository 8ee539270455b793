"""What a log line must not hold."""

import re
from collections.abc import Callable

import structlog

# PostgreSQL quotes the row at fault there: `DETAIL:  Key (email)=(sari@example.com) already exists.`
_ROW = re.compile(r"(DETAIL|CONTEXT):.*")
# A reset link opens an account; whoever reads logs must not.
_RESET_LINK = re.compile(r"(/password/reset/key/)[^/\s\"']+")


def hide_row_values(logger, method_name, line: dict) -> dict:
    """
    Take the rows that PostgreSQL quotes out of errors.

    >>> hide_row_values(None, "error", {"exception": "duplicate key\\nDETAIL:  Key (email)=(a@b.c) exists."})
    {'exception': 'duplicate key\\nDETAIL: …'}
    """
    return _with(line, lambda text: _ROW.sub(r"\1: …", text))


def hide_reset_links(logger, method_name, line: dict) -> dict:
    """
    Take the token out of the path of a reset link, whoever quotes it.

    >>> hide_reset_links(None, "error", {"event": "Forbidden: /accounts/password/reset/key/1-ab-cd/"})
    {'event': 'Forbidden: /accounts/password/reset/key/…/'}
    """
    return _with(line, lambda text: _RESET_LINK.sub(r"\1…", text))


def _with(line: dict, change: Callable[[str], str]) -> dict:
    return {
        name: change(value) if isinstance(value, str) else value for name, value in line.items()
    }


def drop_handovers(logger, method_name, line: dict) -> dict:
    """Say nothing when a task is handed over: the worker tells of its start and end under the same ids."""
    if line.get("event") == "task_enqueued":
        raise structlog.DropEvent
    return line
