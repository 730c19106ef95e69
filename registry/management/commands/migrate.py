from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

#: Any number, the same for all: PostgreSQL's advisory lock on the schema.
LOCK = 730_816_043


class Command(Migrate):
    help = f"{Migrate.help} If two run at once, one waits for the other."

    def execute(self, *args: object, **options: Any) -> Any:
        """Run it alone, its system checks too: they ask the database, which a long migration of another one holds."""
        connection = connections[options["database"]]
        with alone(connection), older_rows_may_be_copied(connection):
            return super().execute(*args, **options)


@contextmanager
def alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the lock of migrations of this database, waiting for others."""
    lock = {"postgresql": alone_on_postgresql, "sqlite": alone_on_sqlite}[connection.vendor]
    with lock(connection):
        yield


@contextmanager
def alone_on_postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold an advisory lock of the session, as migrations have their own transactions; polled, because of timeouts."""
    with connection.cursor() as cursor:
        while not took_lock(cursor):
            time.sleep(0.2)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def took_lock(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


@contextmanager
def alone_on_sqlite(connection: Any) -> Iterator[None]:
    """Hold a lock on a file next to the database, which is not deleted, as others may wait for it."""
    name = str(connection.settings_dict["NAME"])
    if connection.is_in_memory_db():
        yield
        return
    import fcntl  # not on Windows, where tests run in memory

    with Path(f"{name}.migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def older_rows_may_be_copied(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Ignore check constraints on SQLite, which copies tables: rows of older releases may violate newer checks."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
