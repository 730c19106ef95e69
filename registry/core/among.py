"""``filter(pk__among=keys)``: the same as ``__in`` for many keys, which are one parameter here and not thousands: to
write these into a statement takes longer than to run it."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import BigAutoField, ForeignKey, Lookup


class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """SQLite's."""
        left, params = self.process_lhs(compiler, connection)
        keys = json.dumps(list(self.rhs))
        return f"{left} IN (SELECT value FROM json_each(%s))", (*params, keys)  # noqa: S608 - the column is Django's

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*params, list(self.rhs))


for field in (BigAutoField, ForeignKey):
    field.register_lookup(Among)
