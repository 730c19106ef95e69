"""Files to tables and back: xlsx, ods, csv, tsv, json. A table is headings and rows; each row knows its line."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter
from django.conf import settings
from odf import table as odf
from odf import teletype
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableColumnProperties
from odf.text import P

from registry.document import DocumentProblems, Problem, column_of, decode
from registry.document.problems import shown
from registry.exchange.columns import BY_HEADING
from registry.exchange.kinds import Cell, as_text
from registry.text import text_key

csv.field_size_limit(16 * 1024 * 1024)

#: The register has some thirty columns. Any width and length of rows would let a small file fill the memory.
MOST_COLUMNS = 200
MOST_CHARACTERS = 400_000_000


@dataclass(frozen=True)
class Fault:
    """Why a cell has no value that can be taken: a code of MESSAGES."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    headings: Sequence[str]
    rows: Iterable[tuple[int, Sequence[Cell]]]
    widths: Sequence[int] = ()
    title: str = "Register"
    #: What the sheet *About* says: who, when, which rows.
    about: Sequence[tuple[str, Cell]] = field(default=())
    #: By line, by index of the cell. Such a cell is blank in ``rows``.
    faults: Mapping[int, Mapping[int, Fault]] = field(default_factory=dict)
    #: The line of the headings; entries of JSON have none above them.
    line: int = 1
    below_headings: bool = True


def refuse(code: str, line: int = 1, **params: Any) -> DocumentProblems:
    return DocumentProblems((Problem(line=line, code=code, params=params),))


def is_filled(cells: Sequence[Cell]) -> bool:
    return any(cell is not None and not (isinstance(cell, str) and not cell.strip()) for cell in cells)


def most_rows(count: int) -> None:
    if count > settings.IMPORT_MAX_ROWS:
        raise refuse("too_many_rows", line=0, limit=settings.IMPORT_MAX_ROWS)


def too_many_columns(count: int, line: int) -> None:
    if count > MOST_COLUMNS:
        raise refuse("too_many_columns", line=line, limit=MOST_COLUMNS)


def from_rows(
    numbered: Iterator[tuple[int, Sequence[Cell]]], faults: Mapping[int, Mapping[int, Fault]] | None = None
) -> Table:
    """The first row that is not blank holds the headings; blank rows are passed over."""
    faults = faults or {}
    filled = ((line, cells) for line, cells in numbered if is_filled(cells) or line in faults)
    top, headings = next(filled, (1, ()))
    if not headings:
        raise refuse("no_heading_row")
    too_many_columns(len(headings), top)
    return Table([as_text(heading) for heading in headings], within_limits(filled), faults=faults, line=top)


def within_limits(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    characters = 0
    for count, (line, cells) in enumerate(rows, start=1):
        most_rows(count)
        too_many_columns(len(cells), line)
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if characters > MOST_CHARACTERS:
            raise refuse("unpacks_too_large", line=0, limit=MOST_CHARACTERS // 1_000_000)
        yield line, cells


# --- xlsx ---------------------------------------------------------------------------------------------------------


def write_xlsx(table: Table) -> bytes:
    """Typed cells; text is always text, also where it looks like a formula, a number or a link."""
    target = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(target, options) as workbook:
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        sheet = workbook.add_worksheet(table.title)
        sheet.freeze_panes(1, 0)
        for number, width in enumerate(table.widths):
            sheet.set_column(number, number, width)
        for number, text in enumerate(table.headings):
            sheet.write_string(0, number, text, heading)
        last = 0
        for last, (_line, cells) in enumerate(table.rows, start=1):
            for number, cell in enumerate(cells):
                write_cell(sheet, last, number, cell, wrapped, day)
        sheet.autofilter(0, 0, last, max(len(table.headings) - 1, 0))
        about = workbook.add_worksheet("About")
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 80)
        for line, (name, value) in enumerate(table.about):
            about.write_string(line, 0, name, heading)
            write_cell(about, line, 1, value, wrapped, day)
    return target.getvalue()


def write_cell(sheet: Any, row: int, column: int, cell: Cell, text: Any, day: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, text)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, text)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    else:
        sheet.write_string(row, column, cell, text)


# --- ods ----------------------------------------------------------------------------------------------------------


def write_ods(table: Table) -> bytes:
    document = OpenDocumentSpreadsheet()
    sheet = odf.Table(name=table.title)
    for number, width in enumerate(table.widths):
        style = Style(name=f"width{number}", family="table-column")
        style.addElement(TableColumnProperties(columnwidth=f"{width * 2}mm"))
        document.automaticstyles.addElement(style)
        sheet.addElement(odf.TableColumn(stylename=style))
    for _line, cells in [(1, table.headings), *table.rows]:
        row = odf.TableRow()
        for cell in cells:
            row.addElement(ods_cell(cell))
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    about = odf.Table(name="About")
    for name, value in table.about:
        row = odf.TableRow()
        row.addElement(ods_cell(name))
        row.addElement(ods_cell(value))
        about.addElement(row)
    if table.about:
        document.spreadsheet.addElement(about)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def ods_cell(cell: Cell) -> Any:
    if cell is None or cell == "":
        return odf.TableCell()
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        node = odf.TableCell(valuetype="float", value=cell)
    elif isinstance(cell, date):
        node = odf.TableCell(valuetype="date", datevalue=cell.isoformat())
    else:
        node = odf.TableCell(valuetype="string")
    for line in str(cell).split("\n"):
        paragraph = P()
        teletype.addTextToElement(paragraph, line)
        node.addElement(paragraph)
    return node


# --- csv and tsv --------------------------------------------------------------------------------------------------

#: What a spreadsheet program would take for a formula, behind any number of our own apostrophes.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """An apostrophe in front of what would run as a formula, as OWASP advises for CSV injection."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


#: A zip file, a compound file: workbooks under another name.
WORKBOOKS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: How Excel lets a file say its separator, on a line of its own.
SAID = re.compile(r'"?sep=([;,\t])"?\r?\n', re.IGNORECASE)
SEPARATORS = ";", ",", "\t"


def read_csv(data: bytes) -> Table:
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="csv")
    text = decode(data)
    said = SAID.match(text)
    reader = records(text, said[1] if said else delimiter(text))
    if said:
        next(reader)
    return from_rows(numbered(reader))


def records(text: str, separator: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def numbered(reader: Any) -> Iterator[tuple[int, list[Cell]]]:
    line = reader.line_num + 1
    try:
        for cells in reader:
            yield line, [unguarded(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise refuse("unreadable_row", line=line) from None


def delimiter(text: str) -> str:
    """The separator that makes most sense of the headings; where none are known, the most frequent one."""

    def sense(separator: str) -> tuple[int, int]:
        try:
            cells: list[str] = next(filter(is_filled, records(text, separator)), [])
        except csv.Error:
            return 0, 0
        return sum(1 for cell in cells if column_of(cell) or text_key(cell) in BY_HEADING), len(cells)

    return max(SEPARATORS, key=sense)


def separated(separator: str) -> Callable[[Table], bytes]:
    def write(table: Table) -> bytes:
        target = io.StringIO(newline="")
        writer = csv.writer(target, delimiter=separator, lineterminator="\r\n")
        writer.writerow([guarded(heading) for heading in table.headings])
        writer.writerows([plain(cell) for cell in cells] for _line, cells in table.rows)
        return target.getvalue().encode("utf-8-sig")

    return write


def plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else str(cell)


# --- json ---------------------------------------------------------------------------------------------------------


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
    entries = [
        {
            heading: cell.isoformat() if isinstance(cell, date) else cell
            for heading, cell in zip(table.headings, cells, strict=True)
        }
        for _line, cells in table.rows
    ]
    return (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()
