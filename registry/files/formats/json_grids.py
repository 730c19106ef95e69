"""Reading every list of objects in a file of JSON as a grid whose first row is the keys. Pure: no Django."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.grids import Grid, Mark, trimmed
from registry.files.formats.json import JsonObject, NotANumber, lists_in
from registry.files.formats.table import check_column_count, check_row_count, refuse


def json_grids(data: bytes) -> list[Grid]:
    """Return a grid for each list of objects at the top levels. Raises ``DocumentProblems`` where there is none."""
    grids = [grid_of(name, entries) for name, entries in lists_in(data)]
    if not grids:
        raise refuse("not_a_list_of_entries")
    return grids


def grid_of(name: str, entries: list[JsonObject]) -> Grid:
    check_row_count(len(entries))
    keys = list(dict.fromkeys(key for entry in entries for key in entry))
    check_column_count(len(keys), 0)
    grid = Grid(name)
    rows: list[tuple[int, list[Cell]]] = [(0, [*keys])]
    for line, entry in enumerate(entries, start=1):
        rows.append((line, [cell_of_json(entry.get(key)) for key in keys]))
        grid.marks += marks_of(line, entry, keys)
    grid.rows = list(trimmed(rows))
    return grid


def cell_of_json(value: Any) -> Cell:
    """Return a value as a cell: of several values, a text that lists them; of an object, its JSON."""
    if isinstance(value, NotANumber):
        return str(value)
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ", ".join(each if isinstance(each, str) else json.dumps(each) for each in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def marks_of(line: int, entry: JsonObject, keys: list[str]) -> Iterator[Mark]:
    for key in entry.repeated:
        yield Mark("repeated_key", line, keys.index(key), excerpt(key))
    for key, value in entry.items():
        if isinstance(value, list | dict):
            yield Mark("nested_value", line, keys.index(key))
