"""``order_by(in_order_of_names("name_key"))``: texts in the order of the reader's alphabet, the same on every database.

No collation serves: SQLite has none for languages, and PostgreSQL has those of the machine it was built for. So the key
of ``registry.alphabet`` is worked out: by a function of the program in SQLite, by expressions in PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import Func, TextField

from registry import languages
from registry.alphabet import ACCENTS, END, alphabet_of, order_of

FUNCTION = "registry_order"


class InOrderOfNames(Func):
    """The key of a text, in the language in which the query is made. No text sorts as the empty one."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        text, params = compiler.compile(self.source_expressions[0])
        return f"{FUNCTION}({text}, %s)", (*params, languages.of_the_reader())

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        text, params = compiler.compile(self.source_expressions[0])
        alphabet = alphabet_of(languages.of_the_reader())
        sql, values = f"LOWER(COALESCE({text}, ''))", [*params]
        for pair in alphabet.expanded.items():
            sql = f"REPLACE({sql}, %s, %s)"
            values += pair
        sql = f"TRANSLATE({sql}, %s, %s)"
        values += "".join(alphabet.single), "".join(alphabet.single.values())
        # Most names have no accent left, and looking for some takes ten times as long as all the rest.
        plain = f"REGEXP_REPLACE(NORMALIZE({sql}, NFD), %s, '', 'g')"
        sql = f"CASE WHEN OCTET_LENGTH({sql}) = LENGTH({sql}) THEN {sql} ELSE {plain} END"
        return f"({sql} || %s || COALESCE({text}, '')) COLLATE \"C\"", (*values * 4, ACCENTS, END, *params)


def in_order_of_names(field: str) -> InOrderOfNames:
    """The expression to order by. Ascending as it is; ``.desc()`` turns it round."""
    return InOrderOfNames(field)


def sqlite_key(text: str | None, code: str) -> str:
    return order_of(text or "", code)


def add_function(connection: Any, **kwargs: Any) -> None:
    """To each connection with SQLite as it is opened."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 2, sqlite_key, deterministic=True)


connection_created.connect(add_function, dispatch_uid=FUNCTION)
