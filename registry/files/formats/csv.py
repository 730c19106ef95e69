"""Reading and writing values separated by commas, semicolons or tabs. Pure: no Django."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from registry.core.text import text_key
from registry.document import column_of, text_reader
from registry.files.formats.cells import Cell
from registry.files.formats.table import MOST_LINES_ABOVE, WORKBOOKS, Table, from_rows, is_filled, refuse

csv.field_size_limit(16 * 1024 * 1024)

#: The beginning of a cell, also for a program that splits at semicolons or tabs: Swedish Excel does so, whatever the
#: file states. Blanks and byte order marks before a formula do not disable it.
_BEGIN = r"(?:^|(?<=[;\t\r\n]))[ \xa0\ufeff]*"
#: Characters that start a formula, also in full width, behind any number of our own apostrophes.
_FORMULA = r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"
_UNUSUAL = re.compile(r"^[ \xa0\ufeff]*'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]|[;\t\r\n]")
_UNGUARDED = re.compile(f"({_BEGIN})(?={_FORMULA})")
_GUARDED = re.compile(f"({_BEGIN})'(?={_FORMULA})")


def guarded(text: str) -> str:
    """Return the text with an apostrophe before anything that would run as a formula, as OWASP advises."""
    return _UNGUARDED.sub(r"\1'", text) if _UNUSUAL.search(text) else text


def unguarded(text: str) -> str:
    """Undo ``guarded``."""
    return _GUARDED.sub(r"\1", text) if "'" in text else text


#: The line by which a file states its separator, as Excel supports it.
SEPARATOR_LINE = re.compile(r'"?sep=([;,\t|])"?\r?\n', re.IGNORECASE)
SEPARATORS = ";", ",", "\t", "|"
#: The headings have to end within this number of characters.
START_LENGTH = 1024 * 1024
#: The key of a row at the end of a line, and the number of headings by which an export without keys is known.
KEY = re.compile(r"[;,\t|\"][0-9]{1,18}\.[0-9a-f]{12}\"?\r?(?:\n|\Z)")
HEADINGS_OF_EXPORT = 20


def read_csv(data: bytes, headings: Container[str] = ()) -> Table:
    """Return the table. ``headings``, the text keys of known headings, help to detect the separator."""
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="csv")
    start = text_reader(data).read(START_LENGTH)
    separator_line = SEPARATOR_LINE.match(start)
    separator = separator_line[1] if separator_line else detect_separator(start, headings)
    rows = records(text_reader(data), separator)
    if separator_line:
        next(rows)
    ours = data.startswith(BOM_UTF8) or is_export(start, separator, headings)
    return from_rows(numbered(rows, without_guards=ours))


def is_export(start: str, separator: str, headings: Container[str]) -> bool:
    """Return whether a file comes from the register: a row ends with a key, or there are most of its headings."""
    most = max((known_headings(cells, headings) for cells in first_csv_records(start, separator)), default=0)
    return most >= HEADINGS_OF_EXPORT or KEY.search(start) is not None


def records(text: Iterable[str], separator: str) -> Any:
    return csv.reader(text, delimiter=separator, strict=True)


def numbered(rows: Any, *, without_guards: bool) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the records with their lines. An apostrophe is a guard in files that we wrote, and text in others."""
    line = rows.line_num + 1
    try:
        for cells in rows:
            yield line, [unguarded(cell) for cell in cells] if without_guards else cells
            line = rows.line_num + 1
    except csv.Error:
        raise refuse("unreadable_row", line=line) from None


def detect_separator(text: str, headings: Container[str]) -> str:
    """Return the separator that yields most known headings on a line; if none is known, most cells on the first."""

    def score(separator: str) -> tuple[int, int]:
        rows = first_csv_records(text, separator)
        return max((known_headings(cells, headings) for cells in rows), default=0), len(rows[0]) if rows else 0

    return max(SEPARATORS, key=score)


def first_csv_records(text: str, separator: str) -> list[list[str]]:
    """Return the first filled records, as far as they can be read with this separator."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        every = filter(is_filled, records(io.StringIO(text, newline=""), separator))
        rows.extend(islice(every, MOST_LINES_ABOVE + 1))
    return rows


def known_headings(cells: Iterable[str], headings: Container[str]) -> int:
    return sum(1 for cell in cells if column_of(cell) or text_key(cell) in headings)


def separated_writer(separator: str) -> Callable[[Table], bytes]:
    """Return the function that writes a table with the separator, in UTF-8 with a byte order mark."""

    def write(table: Table) -> bytes:
        target = io.BytesIO()
        with io.TextIOWrapper(target, "utf-8-sig", newline="") as text:
            writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
            writer.writerow([guarded(heading) for heading in table.headings])
            writer.writerows([csv_text(cell) for cell in cells] for _line, cells in table.rows)
            text.flush()
            return target.getvalue()

    return write


def csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else str(cell)
