"""The rows of a watched view: which came, went or changed since the person was told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils import translation

from registry.files.batches import BatchContext
from registry.files.export import table_rows
from registry.models import SavedView, Watch
from registry.web.filters import UnknownFilter
from registry.web.lists.query import ListQuery
from registry.web.watching.watched import list_of, names_by_key

#: A view with more rows is not compared: only their number is told.
MOST_ROWS = 2000
#: Rows named in a mail; the others are counted.
NAMED = 20


@dataclass
class ViewChange:
    """What became of the rows of a view. The names are those of the first ``NAMED`` rows."""

    view: SavedView
    address: str
    came: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    #: How many rows came, went and changed.
    counts: tuple[int, int, int] = (0, 0, 0)
    #: The query of the view was changed, so that its rows cannot be compared.
    redefined: bool = False
    #: What to remember once the person has been told.
    rows: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(self.counts) and not self.redefined


def rows_of_view(view: SavedView) -> dict[str, Any]:
    """Return what to remember of a view: its query, and a digest of the cells of each row by key.

    The cells are those in English, so that they are the same for everybody. Raises ``UnknownFilter``.
    """
    definition = list_of(view)
    if definition is None:
        raise UnknownFilter(view.list_name)
    list_query = ListQuery(definition, QueryDict(view.query))
    with translation.override("en"), list_query.state() as shown:
        count = shown.rows.count()
        if count > MOST_ROWS:
            return {"query": view.query, "count": count}
        rows = table_rows(shown.rows, list_query.columns, BatchContext(shown.law))
        return {"query": view.query, "count": count, "rows": {str(key): digest_of_cells(cells) for key, cells in rows}}


def digest_of_cells(cells: Collection[object]) -> str:
    content = json.dumps([str(each) for each in cells])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def change_of_view(watch: Watch) -> ViewChange | None:
    """Return what became of the rows of a watched view; None where the view can no longer be shown."""
    view: Any = watch.view
    definition = list_of(view)
    try:
        now = rows_of_view(view)
    except UnknownFilter:
        return None
    change = ViewChange(view, f"{definition.address}?{view.query}" if definition else "", rows=now)
    told: Mapping[str, Any] = watch.told_rows
    if told.get("query") != now["query"] or definition is None:
        change.redefined = True
    elif "rows" not in told or "rows" not in now:
        difference = now["count"] - told.get("count", 0)
        change.counts = (max(0, difference), max(0, -difference), 0)
    else:
        before, after = told["rows"], now["rows"]
        came = [int(key) for key in after if key not in before]
        went = [int(key) for key in before if key not in after]
        changed = [int(key) for key, value in after.items() if before.get(key, value) != value]
        change.counts = (len(came), len(went), len(changed))
        named = [keys[:NAMED] for keys in (came, went, changed)]
        names = names_by_key(definition.model, {key for keys in named for key in keys})  # type: ignore[arg-type]
        change.came, change.went, change.changed = ([names[key][0] for key in keys if key in names] for keys in named)
    return change
