"""Triggers by which the database refuses every change of history.

Only the owner of the tables (PostgreSQL) or of the file (SQLite) can remove them: see docs/audit.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import truncate_name

from registry.history import tables
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.seals import SealForm, keep_present_form
from registry.history.tables import append_only_models, replaced_tables

LONGEST_NAME = 63
REFUSED = "history is append-only"
#: What each table has a trigger for on SQLite.
OPERATIONS = ("UPDATE", "DELETE", "INSERT")


class Triggers(Protocol):
    """The append-only triggers of a database."""

    def protected(self) -> set[str]:
        """Return the tables whose triggers exist, enabled and unaltered."""

    def create(self, table: str) -> None: ...

    def drop(self, table: str) -> None: ...


class SQLiteTriggers:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def protected(self) -> set[str]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
            present = {sql for (sql,) in cursor.fetchall()}
        return {
            table
            for table in append_only_tables(self.connection)
            if present.issuperset(self.statements(table).values())
        }

    def create(self, table: str) -> None:
        self.drop(table)
        with self.connection.cursor() as cursor:
            for statement in self.statements(table).values():
                cursor.execute(statement)

    def drop(self, table: str) -> None:
        with self.connection.cursor() as cursor:
            for operation in OPERATIONS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {self.quoted(self.name(table, operation))}")

    def statements(self, table: str) -> dict[str, str]:
        """Return the statements that create the triggers of a table, by name of trigger.

        ``INSERT OR REPLACE`` deletes rows without firing a DELETE trigger, so inserting an existing key is refused too.
        """
        return {
            **{
                self.name(table, operation): self.statement(table, operation, f"{operation} of {table} is refused")
                for operation in ("UPDATE", "DELETE")
            },
            self.name(table, "INSERT"): self.statement(
                table, "INSERT", f"{table} has a row with this key already", f"WHEN EXISTS ({self.same_key(table)}) "
            ),
        }

    def statement(self, table: str, operation: str, refusal: str, when: str = "") -> str:
        name = self.quoted(self.name(table, operation))
        return (
            f"CREATE TRIGGER {name} BEFORE {operation} ON {self.quoted(table)} {when}"
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}: {refusal}'); END"
        )

    def same_key(self, table: str) -> str:
        """Return the query for rows that share a unique key with the new one."""
        same = " OR ".join(
            "(" + " AND ".join(f"{self.quoted(column)} = NEW.{self.quoted(column)}" for column in key) + ")"
            for key in self.unique_keys(table)
        )
        return f"SELECT 1 FROM {self.quoted(table)} WHERE {same}"  # noqa: S608 - names of the schema, quoted

    def unique_keys(self, table: str) -> list[tuple[str, ...]]:
        """Return the columns of each unique key. Django parses the table's SQL for them, which takes 20 times as long.

        A primary key of one integer has no index.
        """
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT '', name FROM pragma_table_info(%s) WHERE pk ORDER BY pk", [table])
            columns = cursor.fetchall()
            cursor.execute(
                "SELECT each.name, part.name FROM pragma_index_list(%s) each, pragma_index_info(each.name) part"
                " WHERE each.[unique] ORDER BY each.name, part.seqno",
                [table],
            )
            columns += cursor.fetchall()
        keys: dict[str, list[str]] = {}
        for key, column in columns:
            keys.setdefault(key, []).append(column)
        return sorted({tuple(key) for key in keys.values()})

    def name(self, table: str, operation: str) -> str:
        return truncate_name(f"{table}_append_only_{operation.lower()}", LONGEST_NAME)

    def quoted(self, name: str) -> str:
        return self.connection.ops.quote_name(name)


class PostgreSQLTriggers:
    """One function, and on each table a statement trigger that stays enabled for replication roles."""

    TRIGGER = "append_only"
    FUNCTION = "registry_refuse_change_of_history"
    BODY = (
        f"BEGIN RAISE EXCEPTION '{REFUSED}: % of % is refused', TG_OP, TG_TABLE_NAME"
        " USING ERRCODE = 'integrity_constraint_violation'; END"
    )
    #: pg_trigger.tgtype: before, on delete, update and truncate, for each statement.
    KIND = 2 + 8 + 16 + 32

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def protected(self) -> set[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_trigger t"
                " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
                " WHERE t.tgname = %s AND t.tgenabled = 'A' AND t.tgtype = %s AND t.tgqual IS NULL"
                " AND t.tgattr::text = '' AND p.prosrc = %s AND pg_table_is_visible(c.oid)",
                [self.TRIGGER, self.KIND, self.BODY],
            )
            return {table for (table,) in cursor.fetchall()}

    def create(self, table: str) -> None:
        name, function = self.connection.ops.quote_name(table), self.FUNCTION
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${self.BODY}$$"
            )
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER {self.TRIGGER} BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )
            cursor.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {self.TRIGGER}")

    def drop(self, table: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {self.TRIGGER} ON {self.connection.ops.quote_name(table)}")


TRIGGERS: dict[str, type[SQLiteTriggers] | type[PostgreSQLTriggers]] = {
    "sqlite": SQLiteTriggers,
    "postgresql": PostgreSQLTriggers,
}


def triggers_of(connection: BaseDatabaseWrapper) -> Triggers:
    return TRIGGERS[connection.vendor](connection)


def append_only_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the append-only tables of this database, without those of ``replaced_tables()``."""
    models = [*(history_of(model) for model in tracked_models()), *append_only_models()]
    present = set(connection.introspection.table_names()) - set(replaced_tables(connection))
    return sorted({model._meta.db_table for model in models} & present)


def unprotected_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the append-only tables whose triggers are missing or altered."""
    protected = triggers_of(connection).protected()
    return [table for table in append_only_tables(connection) if table not in protected]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the missing triggers. Tables that have theirs are left alone, so that they are not locked."""
    with transaction.atomic(using=connection.alias):
        for table in unprotected_tables(connection):
            triggers_of(connection).create(table)


@contextmanager
def triggers_dropped(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Drop the triggers for the block, for tests and for maintenance by hand."""
    with transaction.atomic(using=connection.alias):
        for table in append_only_tables(connection):
            triggers_of(connection).drop(table)
    try:
        yield
    finally:
        install(connection)


def install_after_migrate(using: str, **kwargs: object) -> None:
    """Restore form, sequences and triggers: a migration may add a table, and on SQLite it may rebuild one."""
    connection = connections[using]
    if SealForm._meta.db_table in connection.introspection.table_names():
        keep_present_form(using)
        tables.correct_sequences(using)
    install(connection)
