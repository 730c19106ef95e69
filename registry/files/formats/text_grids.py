"""Reading the cells of a text that somebody else wrote: separated values, a table of Markdown, or lines. No Django."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from registry.document import text_reader
from registry.files.formats.cells import Cell
from registry.files.formats.csv import SEPARATOR_LINE, START_LENGTH, records
from registry.files.formats.table import is_filled, refuse

SEPARATORS = "\t", ";", "|", ","
#: Filled rows that are looked at to find the separator.
ROWS_LOOKED_AT = 200
#: The part of the rows that a separator other than the tab has to divide alike, as sentences have commas too.
LEAST_ALIKE = 0.7
#: The row below the headings of a table of Markdown.
DASHES = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*|[ \t]*\|[ \t]*:?-+:?[ \t]*\|[ \t]*")
UNESCAPED_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")

Rows = Iterator[tuple[int, Sequence[Cell]]]


def text_rows(data: bytes, *, is_table: bool) -> Rows:
    """Yield the lines of a text and their cells, blank lines included.

    ``is_table``: the name of the file says that its values are separated; else it may also hold mere lines.
    """
    start = text_reader(data).read(START_LENGTH)
    if is_markdown(start):
        return markdown_rows(text_reader(data))
    separator_line = SEPARATOR_LINE.match(start)
    separator = separator_line[1] if separator_line else likely_separator(start, is_table=is_table)
    if separator is None:
        return lines(text_reader(data))
    rows = separated_rows(text_reader(data), separator)
    return islice(rows, 1 if separator_line else 0, None)


def is_markdown(start: str) -> bool:
    """Return whether a row of dashes stands below a line with pipes."""
    before = ""
    for line in start.splitlines():
        if "|" in before and DASHES.fullmatch(line):
            return True
        before = line
    return False


def markdown_rows(text: Iterable[str]) -> Rows:
    """Yield the rows of tables as cells, without the row of dashes, and every other line as one cell."""
    for number, line in enumerate(text, start=1):
        stripped = line.strip()
        if not UNESCAPED_PIPE.search(stripped):
            yield number, [stripped]
        elif not DASHES.fullmatch(stripped):
            yield number, markdown_cells(stripped)


def markdown_cells(line: str) -> list[Cell]:
    cells = UNESCAPED_PIPE.sub("\\1\n", line).split("\n")
    inner = cells[1 if line.startswith("|") else 0 : -1 if len(cells) > 1 and not cells[-1].strip() else None]
    return [cell.strip().replace("\\|", "|") for cell in inner]


def lines(text: Iterable[str]) -> Rows:
    for number, line in enumerate(text, start=1):
        yield number, [line.strip()]


def separated_rows(text: Iterable[str], separator: str) -> Rows:
    rows = records(text, separator)
    line = 1
    try:
        for cells in rows:
            yield line, cells
            line = rows.line_num + 1
    except csv.Error:
        raise refuse("unreadable_row", line=line) from None


def likely_separator(start: str, *, is_table: bool) -> str | None:
    """Return the separator by which most rows have the same number of cells; of several, that with most cells.

    None where a text that need not be a table has too few rows that a separator divides alike.
    """
    best, best_score = None, (0, 0)
    for separator in SEPARATORS:
        widths = first_widths(start, separator)
        counted = Counter(width for width in widths if width > 1)
        width, count = max(counted.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        is_sure = count > 1 and (separator == "\t" or count > LEAST_ALIKE * len(widths))
        if (is_table or is_sure) and (count, width) > best_score:
            best, best_score = separator, (count, width)
    return best or ("," if is_table else None)


def first_widths(start: str, separator: str) -> list[int]:
    rows = records(io.StringIO(start, newline=""), separator)
    widths: list[int] = []
    with suppress(csv.Error):  # as far as the rows can be read with this separator
        widths.extend(len(cells) for cells in islice(filter(is_filled, rows), ROWS_LOOKED_AT))
    return widths
