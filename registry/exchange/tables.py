"""Files to tables and back: xlsx, ods, csv, tsv, json. A table is headings and rows; each row knows its line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from odf import table as odf
from odf import teletype
from odf.opendocument import OpenDocumentSpreadsheet, load
from odf.style import Style, TableColumnProperties
from odf.text import P
from python_calamine import CalamineError, CalamineWorkbook

from registry.document import DocumentProblems, Problem, column_of, decode
from registry.exchange.columns import BY_HEADING, Cell
from registry.text import text_key

csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True)
class Table:
    headings: Sequence[str]
    rows: Iterable[tuple[int, Sequence[Cell]]]
    widths: Sequence[int] = ()
    title: str = "Register"
    #: What the sheet *About* says: who, when, which rows.
    about: Sequence[tuple[str, Cell]] = field(default=())


def refuse(code: str, line: int = 1, **params: Any) -> DocumentProblems:
    return DocumentProblems((Problem(line=line, code=code, params=params),))


def from_rows(numbered: Iterator[tuple[int, Sequence[Cell]]]) -> Table:
    """The first row that is not blank holds the headings; blank rows are passed over."""
    filled = ((line, cells) for line, cells in numbered if any(cell not in (None, "") for cell in cells))
    _line, headings = next(filled, (1, ()))
    if not headings:
        raise refuse("no_heading_row")
    return Table([str(heading or "") for heading in headings], list(filled))


# --- xlsx ---------------------------------------------------------------------------------------------------------


def read_xlsx(data: bytes) -> Table:
    try:
        rows: Any = (
            CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
    except (CalamineError, IndexError, ValueError, OSError):
        raise refuse("unreadable_file", format="xlsx") from None
    return from_rows(enumerate(rows, start=1))


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


def read_ods(data: bytes) -> Table:
    """By odfpy, for quicker readers lose the tabs within cells."""
    try:
        sheets = load(io.BytesIO(data)).spreadsheet.getElementsByType(odf.Table)
        return from_rows(ods_rows(sheets[0]))
    except DocumentProblems:
        raise
    except Exception:  # odfpy has no error of its own: a damaged file shows as whatever breaks first
        raise refuse("unreadable_file", format="ods") from None


def ods_rows(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    line = 1
    for row in sheet.getElementsByType(odf.TableRow):
        cells: list[Cell] = []
        for node in row.childNodes:
            if node.qname[1] in {"table-cell", "covered-table-cell"}:
                repeated = int(node.getAttribute("numbercolumnsrepeated") or 1)
                cells += [ods_value(node)] * min(repeated, 1024)
        while cells and cells[-1] is None:
            cells.pop()
        yield line, cells
        line += int(row.getAttribute("numberrowsrepeated") or 1)


def ods_value(node: Any) -> Cell:
    kind = node.getAttribute("valuetype")
    if kind == "float":
        return float(node.getAttribute("value"))
    if kind == "date":
        moment = datetime.fromisoformat(node.getAttribute("datevalue"))
        return moment.date() if moment.time() == datetime.min.time() else moment
    if kind == "boolean":
        return bool(node.getAttribute("booleanvalue") == "true")
    paragraphs = [teletype.extractText(paragraph) for paragraph in node.getElementsByType(P)]
    return "\n".join(paragraphs) if paragraphs else None


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


def read_csv(data: bytes) -> Table:
    text = decode(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text), strict=True)
    return from_rows(numbered(reader))


def numbered(reader: Any) -> Iterator[tuple[int, list[Cell]]]:
    line = 1
    try:
        for cells in reader:
            yield line, [unguarded(cell) for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise refuse("unreadable_row", line=line) from None


def delimiter(text: str) -> str:
    """The separator that makes most sense of the headings."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def known(separator: str) -> int:
        cells = next(csv.reader([first], delimiter=separator), [])
        return sum(1 for cell in cells if column_of(cell) or text_key(cell) in BY_HEADING)

    return max((";", ",", "\t"), key=known)


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


def read_json(data: bytes) -> Table:
    try:
        entries = json.loads(decode(data))
    except ValueError:
        raise refuse("unreadable_file", format="json") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise refuse("not_a_list_of_entries")
    headings = list(dict.fromkeys(heading for entry in entries for heading in entry))
    simple = (str, int, float, bool, type(None))
    for line, entry in enumerate(entries, start=1):
        for heading, value in entry.items():
            if not isinstance(value, simple):
                raise refuse("nested_value", line=line, heading=heading)
    if not headings:
        raise refuse("no_heading_row")
    return Table(headings, [(n, [entry.get(h) for h in headings]) for n, entry in enumerate(entries, start=1)])


def write_json(table: Table) -> bytes:
    entries = [
        {
            heading: cell.isoformat() if isinstance(cell, date) else cell
            for heading, cell in zip(table.headings, cells, strict=True)
        }
        for _line, cells in table.rows
    ]
    return (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()
