"""Reading and writing JSON: a list of objects, each with cells by heading."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, TextIO

from registry.document import DocumentProblems, decode, text_reader
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.grids import Mark
from registry.files.formats.table import (
    WORKBOOKS,
    Fault,
    Table,
    check_column_count,
    check_row_count,
    refuse,
    within_limits,
)

#: How many characters are read at a time.
PART_SIZE = 256 * 1024


class NotANumber(str):
    """The text of NaN, infinity, or a number that is too long."""


class JsonObject(dict[str, Any]):
    """An object of JSON, with the keys that it repeats."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _value in pairs]
        self.repeated = [] if len(self) == len(keys) else [key for key in self if keys.count(key) > 1]


def json_float(text: str) -> float | NotANumber:
    number = float(text)
    return number if math.isfinite(number) else NotANumber(text)


def json_int(text: str) -> int | NotANumber:
    return int(text) if len(text) <= 300 else NotANumber(text)


DECODER = json.JSONDecoder(
    object_pairs_hook=JsonObject, parse_constant=NotANumber, parse_float=json_float, parse_int=json_int
)
#: Lists are found in the outermost object and in the objects within it.
LEVELS = 2
BLANK = re.compile(r"[ \t\n\r]*")


def read_json(data: bytes) -> Table:
    """Return the table. The file is parsed twice, object by object: for headings and faults, then for the rows."""
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="json")
    marks: list[Mark] = []
    if JsonStream(text_reader(data)).next() == "{":
        name, listed = the_only_list(data)
        marks.append(Mark("list_read", 0, text=excerpt(name)))
    else:
        listed = None
    places: dict[str, int] = {}
    faults: dict[int, dict[int, Fault]] = {}
    for line, entry in enumerate(entries_in(data) if listed is None else listed, start=1):
        check_row_count(line)
        for heading in entry:
            places.setdefault(heading, len(places))
        check_column_count(len(places), 1)
        for heading, fault in json_faults(entry):
            faults.setdefault(line, {})[places[heading]] = fault
    if not places:
        raise refuse("no_heading_row")
    rows = rows_in(entries_in(data) if listed is None else listed, places, faults)
    return Table(list(places), within_limits(rows), faults=faults, marks=marks, below_headings=False)


def the_only_list(data: bytes) -> tuple[str, list[JsonObject]]:
    """Return the only list of objects within an object, and its key. Raises ``DocumentProblems``."""
    found = list(lists_in(data))
    if len(found) != 1:
        raise refuse("not_a_list_of_entries")
    return found[0]


def lists_in(data: bytes) -> Iterator[tuple[str, list[JsonObject]]]:
    """Yield the lists of objects at the top levels and the keys under which they are. Raises ``DocumentProblems``."""
    try:
        content = DECODER.decode(decode(data))
    except RecursionError:
        raise refuse("nested_too_deep", line=0) from None
    except ValueError:
        raise refuse("unreadable_file", format="json") from None
    yield from lists_of_objects(content, "", LEVELS)


def lists_of_objects(content: object, name: str, levels: int) -> Iterator[tuple[str, list[JsonObject]]]:
    """Yield the lists of objects and the keys under which they are."""
    if isinstance(content, list):
        objects = [entry for entry in content if isinstance(entry, JsonObject)]
        if objects and len(objects) == len(content):
            yield name, objects
    elif isinstance(content, JsonObject) and levels:
        for key, value in content.items():
            yield from lists_of_objects(value, key, levels - 1)


def rows_in(
    entries: Iterable[JsonObject], places: Mapping[str, int], faults: Mapping[int, Mapping[int, Fault]]
) -> Iterator[tuple[int, list[Cell]]]:
    for line, entry in enumerate(entries, start=1):
        faulty = faults.get(line, {})
        yield line, [None if place in faulty else entry.get(heading) for heading, place in places.items()]


def entries_in(data: bytes) -> Iterator[JsonObject]:
    text = JsonStream(text_reader(data))
    if text.next() != "[":
        raise no_list(data)
    text.index += 1
    first = True
    while (mark := text.next()) != "]":
        if not first:
            if mark != ",":
                raise no_list(data)
            text.index += 1
            mark = text.next()
        if mark != "{":
            raise no_list(data)
        yield text.entry()
        first = False
    text.index += 1
    if text.next():
        raise no_list(data)


class JsonStream:
    """A text of JSON, of which a part is in memory that grows until it contains the next object."""

    def __init__(self, text: TextIO) -> None:
        self.text, self.part, self.index = text, "", 0

    def next(self) -> str:
        """Return the next character that is not blank; empty at the end."""
        while True:
            blank = BLANK.match(self.part, self.index)
            self.index = blank.end() if blank else self.index
            if self.index < len(self.part) or not self.more(PART_SIZE):
                return self.part[self.index : self.index + 1]

    def more(self, count: int) -> bool:
        added = self.text.read(count)
        self.part, self.index = self.part[self.index :] + added, 0
        return bool(added)

    def entry(self) -> JsonObject:
        while True:
            try:
                entry, self.index = DECODER.raw_decode(self.part, self.index)
            except RecursionError:
                raise refuse("nested_too_deep", line=0) from None
            except ValueError:
                if not self.more(max(PART_SIZE, len(self.part))):
                    raise refuse("unreadable_file", format="json") from None
            else:
                return entry


def no_list(data: bytes) -> DocumentProblems:
    try:
        json.loads(decode(data))
    except RecursionError:
        return refuse("nested_too_deep", line=0)
    except ValueError:
        return refuse("unreadable_file", format="json")
    return refuse("not_a_list_of_entries")


def json_faults(entry: JsonObject) -> Iterator[tuple[str, Fault]]:
    for heading in entry.repeated:
        yield heading, Fault("repeated_key", {"heading": excerpt(heading)})
    for heading, value in list(entry.items()):
        if isinstance(value, NotANumber):
            yield heading, Fault("not_a_number", {"value": excerpt(value)})
        elif not isinstance(value, (str, int, float, bool, type(None))):
            yield heading, Fault("nested_value", {"heading": excerpt(heading)})


def write_json(table: Table) -> bytes:
    """Return the rows as JSON, one object to a line. They are encoded one by one, to bound memory."""
    target = io.BytesIO()
    encode = json.JSONEncoder(ensure_ascii=False, default=date.isoformat).encode
    prefix = b"["
    for _line, cells in table.rows:
        target.write(prefix + b"\n" + encode(dict(zip(table.headings, cells, strict=True))).encode())
        prefix = b","
    target.write(b"\n]\n" if prefix == b"," else b"[]\n")
    return target.getvalue()
