"""``filter(purpose__holds="ålder")``: texts in which another one stands, the same on every database.

Large and small letters are the same, å, ä, ö and é too, in whichever form somebody types them. SQLite's own LIKE knows
that of ASCII alone, so there a function of the program serves.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import CharField, Lookup, TextField

from registry.core.text import clean_text

FUNCTION = "registry_lower"


class Holds(Lookup):
    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """SQLite's."""
        left, params = self.process_lhs(compiler, connection)
        return f"INSTR({FUNCTION}({left}), %s) > 0", (*params, lower(clean_text(self.rhs)))

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        left, params = self.process_lhs(compiler, connection)
        return f"STRPOS(LOWER({left}), LOWER(%s)) > 0", (*params, clean_text(self.rhs))


for field in (CharField, TextField):
    field.register_lookup(Holds)


#: Python makes two letters of the one, and looks at the place of the other within a word; PostgreSQL does neither.
_LETTERS = str.maketrans({"İ": "i", "Σ": "σ"})


def lower(text: str | None) -> str | None:
    return None if text is None else text.translate(_LETTERS).lower()


def add_lower_function(connection: Any, **kwargs: Any) -> None:
    """To each connection with SQLite as it is opened."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 1, lower, deterministic=True)


connection_created.connect(add_lower_function, dispatch_uid=FUNCTION)
