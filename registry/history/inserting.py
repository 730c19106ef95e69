"""Many new entries at once: one prepared statement, run for each. To compose a statement of thousands of values, as
``bulk_create()`` does, takes several times as long as running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from types import NoneType
from typing import Any

from django.db import models

#: Values of these types are written as they are; all others are prepared by their field.
AS_THEY_ARE = {
    "TextField": str,
    "CharField": str,
    "SlugField": str,
    "BooleanField": bool,
    "ForeignKey": int,
    "BigAutoField": int,
    "BigIntegerField": int,
    "PositiveSmallIntegerField": int,
}


def insert(connection: Any, entries: Sequence[Any]) -> None:
    """All of one model. Who has no key gets one; who comes back has his. Nobody else may be writing: see
    ``OpenChangeSet.begin()``."""
    model = type(entries[0])
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    columns = ", ".join(quote(str(field.column)) for field in fields)
    for entry in entries:
        entry._prepare_related_fields_for_save(operation_name="bulk_create")
    without = [entry for entry in entries if entry.pk is None]
    for entry, key in zip(without, new_keys(connection, model, len(without)), strict=True):
        entry.pk = key
    values = [prepared_values(connection, field, entries) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})",  # noqa: S608 - names of the schema
            zip(*values, strict=True),
        )
    for entry in entries:
        entry._state.adding, entry._state.db = False, connection.alias


def prepared_values(connection: Any, field: models.Field[Any, Any], entries: Sequence[Any]) -> list[Any]:
    """What the database gets of each entry."""
    if type(field).pre_save is models.Field.pre_save:
        values = list(map(attrgetter(field.attname), entries))
    else:
        values = [field.pre_save(entry, True) for entry in entries]
    if set(map(type, values)) <= {AS_THEY_ARE.get(field.get_internal_type()), NoneType}:
        return values
    return [field.get_db_prep_save(value, connection) for value in values]


def new_keys(connection: Any, model: type[models.Model], count: int) -> Sequence[int]:
    table, key = model._meta.db_table, str(model._meta.pk.column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "nextval(pg_get_serial_sequence(%s, %s))"
            cursor.execute(f"SELECT {sequence} FROM generate_series(1, %s)", [f'"{table}"', key, count])  # noqa: S608
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
        return range(last + 1, last + 1 + count)
