"""Checks that tables and sequences are as ``migrate`` made them.

A view in place of a table can show anything, and its triggers are others. A sequence that was set back gives a new
entry the key, and so the history, of a deleted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from registry.history.guard import MODELS as PEOPLE
from registry.history.ownership import tracked_models
from registry.history.recording import history_of

ON_SQLITE = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND"
    " (type = 'view' OR sql LIKE 'CREATE VIRTUAL%%'"
    " OR EXISTS (SELECT 1 FROM pragma_table_xinfo(sqlite_master.name) WHERE hidden <> 0))"
)
ON_POSTGRESQL = (
    "SELECT c.relname FROM pg_class c WHERE pg_table_is_visible(c.oid) AND (c.relkind IN ('v', 'm', 'f', 'p')"
    " OR c.relkind = 'r' AND (c.relrowsecurity OR c.relhasrules OR c.relhassubclass OR EXISTS"
    " (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated <> '')))"
)


def append_only_models() -> list[type[models.Model]]:
    """Return the append-only models besides the history models."""
    return [model for model in apps.get_models() if getattr(model, "history_append_only", False)]


def covered_models() -> list[type[models.Model]]:
    """Return the models whose tables ``verify_history`` reads."""
    histories = [history_of(model) for model in tracked_models()]
    return [*append_only_models(), *histories, *tracked_models(), *PEOPLE]


def replaced_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the covered tables that are views, or that have rules, policies or computed columns."""
    with connection.cursor() as cursor:
        cursor.execute(ON_SQLITE if connection.vendor == "sqlite" else ON_POSTGRESQL, [])
        names = {str(name).lower() for (name,) in cursor.fetchall()}
    return sorted(names & {model._meta.db_table for model in covered_models()})


def sequences_behind(
    connection: BaseDatabaseWrapper, recorded_keys: Mapping[type[models.Model], int] | None = None
) -> dict[str, int]:
    """Return the highest key ever given, by table whose sequence is behind it.

    ``recorded_keys``: by model the highest key that is on record otherwise.
    """
    present = set(connection.introspection.table_names())
    behind = {}
    for model in covered_models():
        table, key = model._meta.db_table, model._meta.pk
        counted = isinstance(key, models.AutoField | models.BigAutoField) and getattr(model, "THE_ONE", None) is None
        if table not in present or not counted:
            continue
        highest = max(*highest_keys(connection, model, present), (recorded_keys or {}).get(model, 0))
        if highest > last_key_given(connection, table, str(key.column)):
            behind[table] = highest
    return behind


def highest_keys(connection: BaseDatabaseWrapper, model: type[models.Model], present: set[str]) -> Iterator[int]:
    """Yield 0 and the highest keys in the table of a model and in its history table."""
    yield 0
    yield highest_value(connection, model._meta.db_table, str(model._meta.pk.column))
    if model in tracked_models() and history_of(model)._meta.db_table in present:
        yield highest_value(connection, history_of(model)._meta.db_table, "id")


def highest_value(connection: BaseDatabaseWrapper, table: str, column: str) -> int:
    """Return the highest value in a column of integers, 0 where there is none."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max({quote(column)}) FROM {quote(table)}")  # noqa: S608 - names of the schema, quoted
        return (cursor.fetchone() or [0])[0] or 0


def last_key_given(connection: BaseDatabaseWrapper, table: str, key: str) -> int:
    """Return the last key that the sequence of a table gave."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT min(seq) FROM sqlite_sequence WHERE name = %s AND typeof(seq) = 'integer'", [table])
            return int((cursor.fetchone() or [0])[0] or 0)
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', key])
        (sequence,) = cursor.fetchone() or (None,)
        if sequence is None:
            return 0
        cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608 - as PostgreSQL names it
        last, is_called = cursor.fetchone() or (0, False)
        return int(last) if is_called else int(last) - 1


def correct_sequences(using: str) -> None:
    """Set sequences past the highest key ever given, after each migration: on SQLite, it may reset them."""
    connection = connections[using]
    for table, highest in sequences_behind(connection).items():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, highest])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [f'"{table}"', highest])
