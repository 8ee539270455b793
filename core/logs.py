"""What a log line must not hold."""

import re

import structlog

# PostgreSQL quotes the row at fault there: `DETAIL:  Key (email)=(sari@example.com) already exists.`
_ROW = re.compile(r"(DETAIL|CONTEXT):.*")


def hide_row_values(logger, method_name, line: dict) -> dict:
    """
    Take the rows that PostgreSQL quotes out of errors.

    >>> hide_row_values(None, "error", {"exception": "duplicate key\\nDETAIL:  Key (email)=(a@b.c) exists."})
    {'exception': 'duplicate key\\nDETAIL: …'}
    """
    return {
        name: _ROW.sub(r"\1: …", value) if isinstance(value, str) else value
        for name, value in line.items()
    }


def drop_handovers(logger, method_name, line: dict) -> dict:
    """Say nothing when a task is handed over: the worker tells of its start and end under the same ids."""
    if line.get("event") == "task_enqueued":
        raise structlog.DropEvent
    return line
