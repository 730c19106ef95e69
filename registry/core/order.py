"""The database expression that sorts names by the reader's alphabet, the same on every database.

``order_by(in_order_of_names("name_key"))``. Collations cannot do it: SQLite has none for languages, and PostgreSQL has
those of the machine it was built for. The sort key of ``registry.core.alphabet`` is computed instead: by a function of
the program on SQLite, by SQL expressions on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from registry.core import languages
from registry.core.alphabet import ACCENTS, END, Alphabet, alphabet_of, order_of
from registry.core.lookups import SQL

ORDER_FUNCTION = "registry_order"


class InOrderOfNames(Func):
    """The sort key of a text in the language that is active when the query is made. NULL sorts as empty text."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object) -> SQL:
        text, params = compiler.compile(self.source_expressions[0])
        return f"{ORDER_FUNCTION}({text}, %s)", (*params, languages.active_language())

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object) -> SQL:
        text, params = compiler.compile(self.source_expressions[0])
        text, alphabet = f"COALESCE({text}, '')", alphabet_of(languages.active_language())
        ascii_sql, ascii_params = letter_by_letter(text, params, alphabet.of_ascii)
        full_sql, full_params = letter_by_letter(text, params, alphabet)
        # Most names are ASCII, and the whole alphabet takes several times as long.
        sql = (
            f"(CASE WHEN OCTET_LENGTH({text}) = LENGTH({text}) THEN {ascii_sql}"
            f" ELSE REGEXP_REPLACE(NORMALIZE({full_sql}, NFD), %s, '', 'g') END || %s || {text}) COLLATE \"C\""
        )
        return sql, (*params, *params, *ascii_params, *full_params, ACCENTS, END, *params)


def letter_by_letter(text: str, params: Iterable[object], alphabet: Alphabet) -> tuple[str, list[object]]:
    """Return the SQL that replaces each letter of a text by what it sorts as, accents apart, with its parameters."""
    sql = f"TRANSLATE(LOWER({text}), %s, %s)"
    values = [*params, "".join(alphabet.single), "".join(alphabet.single.values())]
    for pair in alphabet.expanded.items():
        sql = f"REPLACE({sql}, %s, %s)"
        values += pair
    return sql, values


def in_order_of_names(field: str) -> InOrderOfNames:
    """Return the ascending ordering by a field; ``.desc()`` reverses it."""
    return InOrderOfNames(field)


def sqlite_key(text: str | None, code: str) -> str:
    return order_of(text or "", code)


def add_order_function(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Register the sort key with a connection to SQLite as it opens."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(ORDER_FUNCTION, 2, sqlite_key, deterministic=True)


connection_created.connect(add_order_function, dispatch_uid=ORDER_FUNCTION)
