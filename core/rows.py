"""
Single rows on the busiest paths, read by a condition in SQL.

Django puts a query together anew at every call, which takes it several times as long as PostgreSQL
takes to answer. Here the columns are put together once.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def row_where(model: type[Row], condition: str, params: Mapping[str, Any]) -> Row | None:
    """
    Return the row of `model` for which a condition holds, None when there is none.

    `condition` is a constant that at most one row meets; the model's table is called `t` in it.
    """
    select, names, converters = _read(model)
    with connection.cursor() as cursor:
        cursor.execute(f"{select} WHERE {condition}", params)
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for place, convert in converters:
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, names, values)


@cache
def _read(model: type[models.Model]) -> tuple[str, list[str], list[tuple]]:
    fields = model._meta.concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(f"t.{quote(field.column)}" for field in fields)
    converters = [
        (place, convert)
        for place, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    select = f"SELECT {columns} FROM {quote(model._meta.db_table)} t"  # noqa: S608 (the model's names)
    return select, [field.attname for field in fields], converters
