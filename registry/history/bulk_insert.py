"""Inserting many new entries by one prepared statement.

``bulk_create()`` composes a statement of thousands of values, which takes several times as long as running it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from types import NoneType
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from registry.core.fields import AnyField

#: By type of field: values of this type need no preparation by the field.
PLAIN_TYPES = {
    "TextField": str,
    "CharField": str,
    "SlugField": str,
    "BooleanField": bool,
    "ForeignKey": int,
    "BigAutoField": int,
    "BigIntegerField": int,
    "PositiveSmallIntegerField": int,
}


def insert(connection: BaseDatabaseWrapper, entries: Sequence[models.Model]) -> None:
    """Insert entries of one model, and give a primary key to those that have none.

    Nobody else may be writing meanwhile: see ``OpenChangeSet.begin()``.
    """
    model = type(entries[0])
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    columns = ", ".join(quote(str(field.column)) for field in fields)
    for entry in entries:
        entry._prepare_related_fields_for_save(operation_name="bulk_create")  # type: ignore[attr-defined]
    without_key = [entry for entry in entries if entry.pk is None]
    for entry, key in zip(without_key, new_keys(connection, model, len(without_key)), strict=True):
        entry.pk = key
    values = [prepared_values(connection, field, entries) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})",  # noqa: S608 - names of the schema
            list(zip(*values, strict=True)),
        )
    for entry in entries:
        entry._state.adding, entry._state.db = False, connection.alias


def prepared_values(connection: BaseDatabaseWrapper, field: AnyField, entries: Sequence[models.Model]) -> list[Any]:
    """Return the values of a field as they are written to the database, in the order of the entries."""
    if type(field).pre_save is models.Field.pre_save:
        values = list(map(attrgetter(field.attname), entries))
    else:
        values = [field.pre_save(entry, True) for entry in entries]
    if set(map(type, values)) <= {PLAIN_TYPES.get(field.get_internal_type()), NoneType}:
        return values
    return [field.get_db_prep_save(value, connection) for value in values]


def new_keys(connection: BaseDatabaseWrapper, model: type[models.Model], count: int) -> Sequence[int]:
    """Return primary keys that no entry has had."""
    table, key = model._meta.db_table, str(model._meta.pk.column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "nextval(pg_get_serial_sequence(%s, %s))"
            cursor.execute(f"SELECT {sequence} FROM generate_series(1, %s)", [f'"{table}"', key, count])  # noqa: S608
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
        return range(last + 1, last + 1 + count)
