"""JSON: a list of entries, each with its cells by heading."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from datetime import date
from typing import Any

from registry.document import decode
from registry.document.problems import shown
from registry.exchange.tables import WORKBOOKS, Fault, Table, refuse, too_many_columns, within_limits


class NotANumber(str):
    """NaN, infinity, and numbers beyond all bounds, as they stand in the file."""


class Entry(dict[str, Any]):
    """An object, and the keys that it has twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _value in pairs]
        self.twice = [] if len(self) == len(keys) else [key for key in self if keys.count(key) > 1]


def json_float(text: str) -> float | NotANumber:
    number = float(text)
    return number if math.isfinite(number) else NotANumber(text)


def json_int(text: str) -> int | NotANumber:
    return int(text) if len(text) <= 300 else NotANumber(text)


def read_json(data: bytes) -> Table:
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="json")
    try:
        entries = json.loads(
            decode(data),
            object_pairs_hook=Entry,
            parse_constant=NotANumber,
            parse_float=json_float,
            parse_int=json_int,
        )
    except RecursionError:
        raise refuse("nested_too_deep", line=0) from None
    except ValueError:
        raise refuse("unreadable_file", format="json") from None
    if not isinstance(entries, list) or not all(isinstance(entry, Entry) for entry in entries):
        raise refuse("not_a_list_of_entries")
    headings = list(dict.fromkeys(heading for entry in entries for heading in entry))
    if not headings:
        raise refuse("no_heading_row")
    too_many_columns(len(headings), 1)
    places = {heading: number for number, heading in enumerate(headings)}
    faults: dict[int, dict[int, Fault]] = {}
    for line, entry in enumerate(entries, start=1):
        for heading, fault in json_faults(entry):
            faults.setdefault(line, {})[places[heading]] = fault
            entry[heading] = None
    rows = ((line, [entry.get(heading) for heading in headings]) for line, entry in enumerate(entries, start=1))
    return Table(headings, within_limits(rows), faults=faults, below_headings=False)


def json_faults(entry: Entry) -> Iterator[tuple[str, Fault]]:
    for heading in entry.twice:
        yield heading, Fault("repeated_key", {"heading": shown(heading)})
    for heading, value in list(entry.items()):
        if isinstance(value, NotANumber):
            yield heading, Fault("not_a_number", {"value": shown(value)})
        elif not isinstance(value, (str, int, float, bool, type(None))):
            yield heading, Fault("nested_value", {"heading": shown(heading)})


def write_json(table: Table) -> bytes:
    """A line for each entry, written one by one: all of them as objects would fill the memory."""
    target = io.BytesIO()
    encode = json.JSONEncoder(ensure_ascii=False, default=date.isoformat).encode
    between = b"["
    for _line, cells in table.rows:
        target.write(between + b"\n" + encode(dict(zip(table.headings, cells, strict=True))).encode())
        between = b","
    target.write(b"\n]\n" if between == b"," else b"[]\n")
    return target.getvalue()
