"""Refuses each write to users, groups and rights that no signal announces, so that none is without a record.

``update()``, ``bulk_create()``, ``bulk_update()`` and the models behind many-to-many fields send no signals, and those
of Django cannot be given other querysets. They all come down to a statement, so statements are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Model

from registry.history.change_sets import SilentChange

User: Any = get_user_model()

LINKS: tuple[type[Model], ...] = (User.groups.through, User.user_permissions.through, Group.permissions.through)
MODELS: tuple[type[Model], ...] = (User, Group, Permission, *LINKS)
GUARDED = {model._meta.db_table for model in MODELS}
#: A new right is nobody's yet: ``migrate`` makes them all at once.
HARMLESS = ("INSERT", Permission._meta.db_table)
WRITE = re.compile(
    r"\s*(INSERT|REPLACE|UPDATE|DELETE|TRUNCATE)\s+(?:OR\s+\w+\s+)?(?:INTO\s+|FROM\s+|TABLE\s+|ONLY\s+)*[\"`\[]?(\w+)",
    re.IGNORECASE,
)

_announced: ContextVar[frozenset[str]] = ContextVar("announced_tables", default=frozenset())
_lifted: ContextVar[bool] = ContextVar("guard_is_lifted", default=False)


def announce(*models: type[Model]) -> None:
    """What follows writes to these tables, and is going to be on record."""
    _announced.set(_announced.get() | {model._meta.db_table for model in models})


def retract(*models: type[Model]) -> None:
    """What was announced has been written."""
    _announced.set(_announced.get() - {model._meta.db_table for model in models})


@contextmanager
def lifted() -> Iterator[None]:
    """For tests, and for upkeep that somebody answers for: users and rights can be changed without a record."""
    token = _lifted.set(True)
    try:
        yield
    finally:
        _lifted.reset(token)


def refuse_silent_changes(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    written = WRITE.match(sql) if isinstance(sql, str) else None
    if written is None or written[2] not in GUARDED:
        return execute(sql, params, many, context)
    act, table = written[1].upper(), written[2]
    if table not in _announced.get() and not _lifted.get() and (act, table) != HARMLESS:
        raise SilentChange(
            f"{act} of {table} would leave no record. Change each user or group by save(), and their groups and"
            " permissions by add(), remove(), set() or clear()."
        )
    try:
        return execute(sql, params, many, context)
    except Exception:
        _announced.set(frozenset())  # no signal follows a write that failed
        raise


def watch_connection(connection: Any, **kwargs: Any) -> None:
    if refuse_silent_changes not in connection.execute_wrappers:
        connection.execute_wrappers.append(refuse_silent_changes)


def while_migrating(**kwargs: Any) -> None:
    """Migrations change rights by statements of their own; ``registry.accounts.roles`` then puts the roles right."""
    _lifted.set(True)


def after_migrating(**kwargs: Any) -> None:
    _lifted.set(False)
