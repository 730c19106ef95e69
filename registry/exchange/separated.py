"""Values between commas, semicolons or tabs. Pure: no Django."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from registry.document import column_of, reader
from registry.exchange.cells import Cell
from registry.exchange.tables import WORKBOOKS, Table, from_rows, is_filled, refuse
from registry.text import text_key

csv.field_size_limit(16 * 1024 * 1024)

#: What a spreadsheet program would take for a formula, behind any number of our own apostrophes.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """An apostrophe in front of what would run as a formula, as OWASP advises for CSV injection."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


#: How Excel lets a file say its separator, on a line of its own.
SAID = re.compile(r'"?sep=([;,\t])"?\r?\n', re.IGNORECASE)
SEPARATORS = ";", ",", "\t"
#: In so many characters the headings have to end.
START = 1024 * 1024


def read_csv(data: bytes, headings: Container[str] = ()) -> Table:
    """``headings``: the keys of further headings that the register knows; they help to find the separator."""
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="csv")
    start = reader(data).read(START)
    said = SAID.match(start)
    rows = records(reader(data), said[1] if said else delimiter(start, headings))
    if said:
        next(rows)
    return from_rows(numbered(rows))


def records(text: Iterable[str], separator: str) -> Any:
    return csv.reader(text, delimiter=separator, strict=True)


def numbered(rows: Any) -> Iterator[tuple[int, list[Cell]]]:
    line = rows.line_num + 1
    try:
        for cells in rows:
            yield line, [unguarded(cell) for cell in cells]
            line = rows.line_num + 1
    except csv.Error:
        raise refuse("unreadable_row", line=line) from None


def delimiter(text: str, headings: Container[str]) -> str:
    """The separator that makes most sense of the headings; where none are known, the most frequent one."""

    def sense(separator: str) -> tuple[int, int]:
        try:
            cells: list[str] = next(filter(is_filled, records(io.StringIO(text, newline=""), separator)), [])
        except csv.Error:
            return 0, 0
        return sum(1 for cell in cells if column_of(cell) or text_key(cell) in headings), len(cells)

    return max(SEPARATORS, key=sense)


def separated(separator: str) -> Callable[[Table], bytes]:
    def write(table: Table) -> bytes:
        target = io.BytesIO()
        with io.TextIOWrapper(target, "utf-8-sig", newline="") as text:
            writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
            writer.writerow([guarded(heading) for heading in table.headings])
            writer.writerows([plain(cell) for cell in cells] for _line, cells in table.rows)
            text.flush()
            return target.getvalue()

    return write


def plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else str(cell)
