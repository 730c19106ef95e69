"""``order_by(in_order_of_names("name_key"))``: texts in the order of the reader's alphabet, the same on every database.

No collation serves: SQLite has none for languages, and PostgreSQL has those of the machine it was built for. So the key
of ``registry.core.alphabet`` is worked out: by a function of the program in SQLite, by expressions in PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import Func, TextField

from registry.core import languages
from registry.core.alphabet import ACCENTS, END, Alphabet, alphabet_of, order_of

FUNCTION = "registry_order"


class InOrderOfNames(Func):
    """The key of a text, in the language in which the query is made. No text sorts as the empty one."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        text, params = compiler.compile(self.source_expressions[0])
        return f"{FUNCTION}({text}, %s)", (*params, languages.active_language())

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        text, params = compiler.compile(self.source_expressions[0])
        text, alphabet = f"COALESCE({text}, '')", alphabet_of(languages.active_language())
        plain, of_plain = letter_by_letter(text, params, alphabet.of_ascii)
        full, of_full = letter_by_letter(text, params, alphabet)
        # Most names are ASCII, and the whole of an alphabet takes several times as long.
        sql = (
            f"(CASE WHEN OCTET_LENGTH({text}) = LENGTH({text}) THEN {plain}"
            f" ELSE REGEXP_REPLACE(NORMALIZE({full}, NFD), %s, '', 'g') END || %s || {text}) COLLATE \"C\""
        )
        return sql, (*params, *params, *of_plain, *of_full, ACCENTS, END, *params)


def letter_by_letter(text: str, params: Any, alphabet: Alphabet) -> tuple[str, list[str]]:
    """The text with its signs and letters as they sort, accents apart, and the parameters of the expression."""
    sql = f"TRANSLATE(LOWER({text}), %s, %s)"
    values = [*params, "".join(alphabet.single), "".join(alphabet.single.values())]
    for pair in alphabet.expanded.items():
        sql = f"REPLACE({sql}, %s, %s)"
        values += pair
    return sql, values


def in_order_of_names(field: str) -> InOrderOfNames:
    """The expression to order by. Ascending as it is; ``.desc()`` turns it round."""
    return InOrderOfNames(field)


def sqlite_key(text: str | None, code: str) -> str:
    return order_of(text or "", code)


def add_order_function(connection: Any, **kwargs: Any) -> None:
    """To each connection with SQLite as it is opened."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 2, sqlite_key, deterministic=True)


connection_created.connect(add_order_function, dispatch_uid=FUNCTION)
