"""Reading many tables as of one moment, while others write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction

_past: ContextVar[int | None] = ContextVar("the_past_is_shown_after", default=None)
_bound: ContextVar[str | None] = ContextVar("reads_are_bound_to", default=None)


def database_for_reads() -> str | None:
    """The database that all reads have to go to: the moment is shown by one connection alone."""
    return _bound.get()


@contextmanager
def reads_from(using: str) -> Iterator[None]:
    token = _bound.set(using)
    try:
        yield
    finally:
        _bound.reset(token)


def past_change_set() -> int | None:
    """The change set after which the register is shown; None where it is shown as it stands."""
    return _past.get()


@contextmanager
def showing_past(act: int) -> Iterator[None]:
    token = _past.set(act)
    try:
        yield
    finally:
        _past.reset(token)


@contextmanager
def snapshot(using: str) -> Iterator[None]:
    """All that is read inside is of one moment; nobody has to wait for it to end."""
    connection: Any = connections[using]
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
    """On SQLite a transaction begins as a writer's, which would keep all others from writing meanwhile."""
    mode = getattr(connection, "transaction_mode", None)
    if mode is None or connection.in_atomic_block:
        yield
        return
    connection.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        connection.transaction_mode = mode
