"""Whether the database can be written to: a full or read-only one can still be read."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error

#: Free space that SQLite needs to save a change, in bytes.
LEAST_ROOM = 4 * 1024 * 1024
#: Seconds for which a refusal is remembered.
REFUSAL_REMEMBERED = 30
#: SQLSTATE of PostgreSQL: read-only transaction, disk full, lock timeout.
READ_ONLY, NO_ROOM, NO_LOCK = "25006", "53100", "55P03"
_refused_at: float | None = None


def is_busy(error: BaseException) -> bool:
    """Return whether another writer held the lock for longer than a request waits."""
    return (
        sqlstate_of(error) == NO_LOCK or "database is locked" in str(error) or "database table is locked" in str(error)
    )


def is_read_only_or_full(error: BaseException) -> bool:
    """Return whether the disk is full or read-only, and remember it for later pages."""
    global _refused_at  # noqa: PLW0603 - what this process knows about the server
    message = str(error)
    on_sqlite = "readonly database" in message or "database or disk is full" in message
    refused = on_sqlite or sqlstate_of(error) in {READ_ONLY, NO_ROOM}
    if refused:
        _refused_at = time.monotonic()
    return refused


def sqlstate_of(error: BaseException) -> str:
    return str(getattr(error.__cause__, "sqlstate", "") or "")


def can_write() -> bool:
    """Return whether changes can be saved, as far as is known without trying."""
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        return connection.is_in_memory_db() or file_can_grow(str(connection.settings_dict["NAME"]))
    return _refused_at is None or time.monotonic() - _refused_at > REFUSAL_REMEMBERED


def file_can_grow(name: str) -> bool:
    file = Path(name)
    try:
        return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK) and free_bytes(file.parent) > LEAST_ROOM
    except OSError:
        return False


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def server_can_write(connection: BaseDatabaseWrapper) -> bool:
    """Return whether changes can be saved, asking the database; for monitoring."""
    if connection.vendor != "postgresql":
        return can_write()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'")
            return not cursor.fetchone()[0] and can_write()
    except Error:
        return False
