"""Reading many tables in one consistent state while others write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_past: ContextVar[int | None] = ContextVar("past_change_set", default=None)
_bound: ContextVar[str | None] = ContextVar("database_for_reads", default=None)


def database_for_reads() -> str | None:
    """Return the alias of the database that has to answer all reads, None where any may."""
    return _bound.get()


@contextmanager
def reads_from(using: str) -> Iterator[None]:
    """Send all reads of the block to one database."""
    token = _bound.set(using)
    try:
        yield
    finally:
        _bound.reset(token)


def past_change_set() -> int | None:
    """Return the change set as at which the register is shown, None for its present state."""
    return _past.get()


@contextmanager
def showing_past(change_set: int) -> Iterator[None]:
    """Mark the block as one in which tables show the register as at a change set."""
    token = _past.set(change_set)
    try:
        yield
    finally:
        _past.reset(token)


@contextmanager
def snapshot(using: str) -> Iterator[None]:
    """Let all reads of the block see one state of the database, without keeping others from writing."""
    connection: BaseDatabaseWrapper = connections[using]
    if connection.in_atomic_block:
        with reads_from(using):
            yield
        return
    with reads_from(using), deferred_transactions(connection), transaction.atomic(using=using):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def deferred_transactions(connection: Any) -> Iterator[None]:
    """Let transactions of the block begin without a lock. On SQLite they otherwise lock out all writers."""
    mode = getattr(connection, "transaction_mode", None)
    if mode is None or connection.in_atomic_block:
        yield
        return
    connection.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        connection.transaction_mode = mode
