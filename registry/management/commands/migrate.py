from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

#: Any number, the same for all: PostgreSQL's advisory lock on the schema.
LOCK = 730_816_043


class Command(Migrate):
    help = f"{Migrate.help} Two at once: one waits for the other, and both end well."

    def handle(self, *args: Any, **options: Any) -> Any:
        connection = connections[options["database"]]
        with alone(connection), older_rows_may_be_copied(connection):
            return super().handle(*args, **options)


@contextmanager
def alone(connection: Any) -> Iterator[None]:
    """Wait until nobody else migrates this database, and keep others waiting."""
    lock = {"postgresql": alone_on_postgresql, "sqlite": alone_on_sqlite}[connection.vendor]
    with lock(connection):
        yield


@contextmanager
def alone_on_postgresql(connection: Any) -> Iterator[None]:
    """A lock of the session, for migrations have transactions of their own; asked for again and again, because no
    statement may wait long for a lock."""
    with connection.cursor() as cursor:
        while not locked(cursor):
            time.sleep(0.2)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def locked(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


@contextmanager
def alone_on_sqlite(connection: Any) -> Iterator[None]:
    """A lock on a file beside the database, which stays: whoever waits for it must find the same one."""
    name = str(connection.settings_dict["NAME"])
    if connection.is_in_memory_db():
        yield
        return
    import fcntl  # not on Windows, where tests run in memory

    with Path(f"{name}.migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def older_rows_may_be_copied(connection: Any) -> Iterator[None]:
    """SQLite copies a table to change it; rows of an older release may violate checks that came later, and stay."""
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
