"""Reading many rows page by page, in constant memory and without server-side cursors.

A server-side cursor that is not read to its end may be closed by the garbage collector in the middle of another query
of the same connection, which then waits for itself forever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

#: Rows of a page.
PAGE = 2000


def in_pages(rows: QuerySet[Any], *keys: str, size: int = PAGE) -> Iterator[Any]:
    """Yield rows (models or ``values()``) in the order of keys that together are unique, in one query a page."""
    ordered = rows.order_by(*keys)
    page = list(ordered[:size])
    while page:
        yield from page
        if len(page) < size:
            return
        last = page[-1]
        reached = {key: last[key] if isinstance(last, dict) else getattr(last, key) for key in keys}
        page = list(ordered.filter(beyond(reached))[:size])


def beyond(reached: dict[str, object]) -> Q:
    """Return the condition for rows after the one with these key values, in a form that can use an index."""
    (key, value), *others = reached.items()
    if not others:
        return Q(**{f"{key}__gt": value})
    return Q(**{f"{key}__gte": value}) & (Q(**{f"{key}__gt": value}) | beyond(dict(others)))
