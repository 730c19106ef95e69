"""Many rows with flat memory, and nothing left open: a server-side cursor of a reader that stops early can be closed by
the garbage collector in the middle of another query of the same connection, which then waits for itself for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

PAGE = 2000


def in_pages(rows: QuerySet[Any], *keys: str, size: int = PAGE) -> Iterator[Any]:
    """The rows (models or ``values()``) ordered by keys that together are unique, one query a page."""
    ordered = rows.order_by(*keys)
    page = list(ordered[:size])
    while page:
        yield from page
        if len(page) < size:
            return
        last = page[-1]
        reached = {key: last[key] if isinstance(last, dict) else getattr(last, key) for key in keys}
        page = list(ordered.filter(beyond(reached))[:size])


def beyond(reached: dict[str, Any]) -> Q:
    """Behind the row with these values, in their order; said so that an index on the first key serves."""
    (key, value), *others = reached.items()
    if not others:
        return Q(**{f"{key}__gt": value})
    return Q(**{f"{key}__gte": value}) & (Q(**{f"{key}__gt": value}) | beyond(dict(others)))
