"""Refuses writes to users, groups and rights that no signal announces, because they would leave no record.

``update()``, ``bulk_create()``, ``bulk_update()`` and the models of many-to-many fields send no signals, and Django's
own models cannot be given other querysets. So each SQL statement is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from registry.history.exceptions import SilentChange

User: Any = get_user_model()

LINKS: tuple[type[Model], ...] = (User.groups.through, User.user_permissions.through, Group.permissions.through)
MODELS: tuple[type[Model], ...] = (User, Group, Permission, *LINKS)
GUARDED = {model._meta.db_table for model in MODELS}
#: New permissions, which ``migrate`` creates in bulk: nobody has them yet.
HARMLESS = ("INSERT", Permission._meta.db_table)
WRITE = re.compile(
    r"\s*(INSERT|REPLACE|UPDATE|DELETE|TRUNCATE)\s+(?:OR\s+\w+\s+)?(?:INTO\s+|FROM\s+|TABLE\s+|ONLY\s+)*[\"`\[]?(\w+)",
    re.IGNORECASE,
)

_announced: ContextVar[frozenset[str]] = ContextVar("announced_tables", default=frozenset())
_lifted: ContextVar[bool] = ContextVar("guard_is_lifted", default=False)


def announce(*models: type[Model]) -> None:
    """Allow writes to the tables of these models: they are about to be recorded."""
    _announced.set(_announced.get() | {model._meta.db_table for model in models})


def retract(*models: type[Model]) -> None:
    """End what ``announce()`` allowed: the write is done."""
    _announced.set(_announced.get() - {model._meta.db_table for model in models})


@contextmanager
def lifted() -> Iterator[None]:
    """Allow all writes in the block without a record, for tests and for maintenance by hand."""
    token = _lifted.set(True)
    try:
        yield
    finally:
        _lifted.reset(token)


def refuse_silent_changes(
    execute: Callable[..., Any], sql: object, params: object, many: bool, context: dict[str, object]
) -> Any:
    """Execute a statement. Raises ``SilentChange`` for an unannounced write to users, groups or rights."""
    write = WRITE.match(sql) if isinstance(sql, str) else None
    if write is None or write[2] not in GUARDED:
        return execute(sql, params, many, context)
    operation, table = write[1].upper(), write[2]
    if table not in _announced.get() and not _lifted.get() and (operation, table) != HARMLESS:
        raise SilentChange(
            f"{operation} of {table} would leave no record. Change each user or group by save(), and their groups and"
            " permissions by add(), remove(), set() or clear()."
        )
    try:
        return execute(sql, params, many, context)
    except Exception:
        _announced.set(frozenset())  # no signal follows a failed write
        raise


def watch_connection(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    if refuse_silent_changes not in connection.execute_wrappers:
        connection.execute_wrappers.append(refuse_silent_changes)


def while_migrating(**kwargs: object) -> None:
    """Allow migrations to change rights; ``registry.accounts.roles`` corrects the roles afterwards."""
    _lifted.set(True)


def after_migrating(**kwargs: object) -> None:
    _lifted.set(False)
