"""Lookups that give the same results on every database.

``filter(purpose__holds="ålder")`` finds texts that contain another one. Case does not matter, for letters beyond ASCII
either. SQLite's own LIKE knows ASCII only, so a function of the program is registered there.

``filter(pk__among=keys)`` is ``__in`` for many keys, passed as one parameter: writing thousands of them into a
statement takes longer than running it.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import BigAutoField, BigIntegerField, CharField, ForeignKey, Lookup, TextField
from django.db.models.sql.compiler import SQLCompiler

from registry.core.text import clean_text

#: A piece of SQL with its parameters, which are of any type that the database driver takes.
type SQL = tuple[str, tuple[Any, ...]]

LOWER_FUNCTION = "registry_lower"


class Holds(Lookup):
    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        """Return the SQL for SQLite."""
        left, params = self.process_lhs(compiler, connection)
        return f"INSTR({LOWER_FUNCTION}({left}), %s) > 0", (*params, lower(clean_text(self.rhs)))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        left, params = self.process_lhs(compiler, connection)
        return f"STRPOS(LOWER({left}), LOWER(%s)) > 0", (*params, clean_text(self.rhs))


class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        """Return the SQL for SQLite."""
        left, params = self.process_lhs(compiler, connection)
        keys = json.dumps(list(self.rhs))
        return f"{left} IN (SELECT value FROM json_each(%s))", (*params, keys)  # noqa: S608 - the column is Django's

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SQL:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*params, list(self.rhs))


for field in (CharField, TextField):
    field.register_lookup(Holds)
for key in (BigAutoField, BigIntegerField, ForeignKey):
    key.register_lookup(Among)


#: Python lowers these two by rules of its own; PostgreSQL does not.
_SPECIAL_CASES = str.maketrans({"İ": "i", "Σ": "σ"})


def lower(text: str | None) -> str | None:
    """Return the text in lower case, as PostgreSQL does it."""
    return None if text is None else text.translate(_SPECIAL_CASES).lower()


def add_lower_function(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Register ``lower()`` with a connection to SQLite as it opens."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(LOWER_FUNCTION, 1, lower, deterministic=True)


connection_created.connect(add_lower_function, dispatch_uid=LOWER_FUNCTION)
