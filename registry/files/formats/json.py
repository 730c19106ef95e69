"""JSON: a list of entries, each with its cells by heading."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TextIO

from registry.document import DocumentProblems, decode, text_reader
from registry.document.problems import excerpt
from registry.files.formats.table import (
    WORKBOOKS,
    Fault,
    Table,
    check_column_count,
    check_row_count,
    refuse,
    within_limits,
)

PART_SIZE = 256 * 1024


class NotANumber(str):
    """NaN, infinity, and numbers beyond all bounds, as they stand in the file."""


class JsonObject(dict[str, Any]):
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


DECODER = json.JSONDecoder(
    object_pairs_hook=JsonObject, parse_constant=NotANumber, parse_float=json_float, parse_int=json_int
)
BLANK = re.compile(r"[ \t\n\r]*")


def read_json(data: bytes) -> Table:
    """Read twice, an entry at a time: first for the headings and what is wrong, then for the rows."""
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="json")
    places: dict[str, int] = {}
    faults: dict[int, dict[int, Fault]] = {}
    for line, entry in enumerate(entries_in(data), start=1):
        check_row_count(line)
        for heading in entry:
            places.setdefault(heading, len(places))
        check_column_count(len(places), 1)
        for heading, fault in json_faults(entry):
            faults.setdefault(line, {})[places[heading]] = fault
    if not places:
        raise refuse("no_heading_row")
    return Table(list(places), within_limits(rows_in(data, places, faults)), faults=faults, below_headings=False)


def rows_in(
    data: bytes, places: Mapping[str, int], faults: Mapping[int, Mapping[int, Fault]]
) -> Iterator[tuple[int, list[Any]]]:
    for line, entry in enumerate(entries_in(data), start=1):
        without = faults.get(line, {})
        yield line, [None if place in without else entry.get(heading) for heading, place in places.items()]


def entries_in(data: bytes) -> Iterator[JsonObject]:
    text = JsonStream(text_reader(data))
    if text.next() != "[":
        raise no_list(data)
    text.at += 1
    first = True
    while (mark := text.next()) != "]":
        if not first:
            if mark != ",":
                raise no_list(data)
            text.at += 1
            mark = text.next()
        if mark != "{":
            raise no_list(data)
        yield text.entry()
        first = False
    text.at += 1
    if text.next():
        raise no_list(data)


class JsonStream:
    """A part of the text, from which entries are taken; it grows until it holds the next one."""

    def __init__(self, text: TextIO) -> None:
        self.text, self.part, self.at = text, "", 0

    def next(self) -> str:
        """The next character that is not blank; nothing at the end."""
        while True:
            blank = BLANK.match(self.part, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.part) or not self.more(PART_SIZE):
                return self.part[self.at : self.at + 1]

    def more(self, count: int) -> bool:
        added = self.text.read(count)
        self.part, self.at = self.part[self.at :] + added, 0
        return bool(added)

    def entry(self) -> JsonObject:
        while True:
            try:
                entry, self.at = DECODER.raw_decode(self.part, self.at)
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
    for heading in entry.twice:
        yield heading, Fault("repeated_key", {"heading": excerpt(heading)})
    for heading, value in list(entry.items()):
        if isinstance(value, NotANumber):
            yield heading, Fault("not_a_number", {"value": excerpt(value)})
        elif not isinstance(value, (str, int, float, bool, type(None))):
            yield heading, Fault("nested_value", {"heading": excerpt(heading)})


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
