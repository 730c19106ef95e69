"""Reading OpenDocument spreadsheets as streams.

Faster readers lose tabs within cells, and odfpy keeps the whole tree in memory.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sequence
from datetime import datetime

from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.grids import Mark
from registry.files.formats.sheet_marks import MOST_COMMENTS, MOST_MERGED, MOST_STRUCK, MergedRange, SheetMarks
from registry.files.formats.sheets import Sheet, choose_sheet
from registry.files.formats.table import (
    MOST_COLUMNS,
    Fault,
    Table,
    check_column_count,
    check_row_count,
    is_filled,
    refuse,
)
from registry.files.formats.zip_limits import MEGABYTE, MOST_BYTES, Package

NAMESPACES = {
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
    "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0": "manifest",
}
CELL_ELEMENTS = {"table:table-cell", "table:covered-table-cell"}
#: Elements within a cell that are not part of its text.
NOT_CELL_TEXT = {"office:annotation", "table:table"}
BLANKS = re.compile(r"[ \t\r\n]+")
ERROR = re.compile(r"#[A-Z0-9/]+[!?]?|Err:[0-9]+")
#: The visibility of rows and columns; others are "collapse" and "filter".
VISIBLE = "visible"
LONGEST_BLANK = 32_767


def read_ods(data: bytes, sheet: str = "", headings: Container[str] = ()) -> Table:
    """Return the table of the sheet. For ``headings`` see ``Sheet.could_hold_the_register``."""
    return choose_sheet(ods_sheets(data), sheet, headings)


def ods_sheets(data: bytes) -> list[Sheet]:
    package = Package(data, "ods")
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise refuse("password_protected", line=0)
    if "styles.xml" in package:
        package.read("styles.xml")
    reader = ContentReader()
    try:
        package.walk(package.read("content.xml"), start=reader.start, end=reader.end, text=reader.text)
    except (ValueError, OverflowError):  # a count that is not a number
        raise package.damaged() from None
    if not reader.is_spreadsheet:
        raise package.damaged()
    return [sheet.with_marks(found) for sheet, found in zip(reader.sheets, reader.marks, strict=True)]


def short(name: str) -> str:
    namespace, _bar, local = name.rpartition("|")
    return f"{NAMESPACES.get(namespace, '?')}:{local}"


def times(attributes: dict[str, str], name: str) -> int:
    return max(1, int(attributes.get(name) or 1))


class ContentReader:
    """Collects the sheets from the events of an XML parser."""

    def __init__(self) -> None:
        self.is_spreadsheet = False
        self.sheets: list[Sheet] = []
        #: What each sheet says of its rows and cells.
        self.marks: list[SheetMarks] = []
        #: The style that is read, and those that are struck out.
        self.style = ""
        self.struck_styles: set[str] = set()
        self.column = 0
        #: The pieces of a comment; None outside.
        self.comment: list[str] | None = None
        self.rows: list[tuple[int, Sequence[Cell]]] = []
        self.faults: dict[int, dict[int, Fault]] = {}
        self.names: dict[str, str] = {}
        self.line = 1
        self.count = 0
        self.row: dict[str, str] = {}
        self.cells: list[Cell] = []
        self.row_faults: dict[int, Fault] = {}
        self.blanks = 0
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[str] = []
        self.pieces: list[str] | None = None
        self.run: list[str] = []
        self.in_comment = False
        self.ignored_depth = 0

    def name(self, name: str) -> str:
        return self.names.get(name) or self.names.setdefault(name, short(name))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = self.name(name)
        if self.ignored_depth or (self.cell is not None and name in NOT_CELL_TEXT):
            self.ignored_depth += 1
            if name == "office:annotation":
                self.comment = []
            self.in_comment = self.comment is not None and name == "text:p"
        elif name == "office:spreadsheet":
            self.is_spreadsheet = True
        elif name == "table:table":
            self.rows, self.faults, self.line, self.column = [], {}, 1, 0
            self.sheets.append(Sheet(self.short(attributes).get("table:name", ""), iter(self.rows), self.faults))
            self.marks.append(SheetMarks())
        elif name == "table:table-row":
            self.row, self.cells, self.row_faults, self.blanks = self.short(attributes), [], {}, 0
        elif name in CELL_ELEMENTS and self.sheets:
            self.cell, self.paragraphs = self.short(attributes), []
        elif self.cell is not None:
            self.start_of_text(name, attributes)
        elif name in {"style:style", "style:text-properties", "table:table-column"}:
            self.start_of_format(name, self.short(attributes))

    def start_of_format(self, name: str, attributes: dict[str, str]) -> None:
        """Note which styles are struck out, and which columns hidden."""
        if name == "style:style":
            self.style = attributes.get("style:name", "")
        elif name == "style:text-properties":
            if attributes.get("style:text-line-through-style", "none") != "none":
                self.struck_styles.add(self.style)
        elif self.marks:
            repeated = times(attributes, "table:number-columns-repeated")
            # Everything to the right of a table is often hidden: no column is named for that.
            if attributes.get("table:visibility", VISIBLE) != VISIBLE and repeated <= MOST_COLUMNS:
                self.marks[-1].hidden_columns += range(self.column, self.column + repeated)
            self.column += repeated

    def short(self, attributes: dict[str, str]) -> dict[str, str]:
        return {self.name(name): value for name, value in attributes.items()}

    def start_of_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            self.pieces, self.run = [], []
        elif self.pieces is not None and name in {"text:s", "text:tab", "text:line-break"}:
            self.flush()
            count = times(self.short(attributes), "text:c")
            if count > LONGEST_BLANK:
                raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)
            self.pieces.append({"text:s": " " * count, "text:tab": "\t", "text:line-break": "\n"}[name])

    def text(self, text: str) -> None:
        if self.ignored_depth:
            if self.in_comment and self.comment is not None:
                self.comment.append(text)
        elif self.pieces is not None:
            self.run.append(text)

    def flush(self) -> None:
        if self.pieces is not None and self.run:
            self.pieces.append(BLANKS.sub(" ", "".join(self.run)))
            self.run = []

    def end(self, name: str) -> None:
        name = self.name(name)
        if self.ignored_depth:
            self.ignored_depth -= 1
        elif name == "text:p" and self.pieces is not None:
            self.flush()
            self.paragraphs.append("".join(self.pieces))
            self.pieces = None
        elif name in CELL_ELEMENTS and self.cell is not None:
            self.end_of_cell(self.cell)
            self.cell = None
        elif name == "table:table-row":
            self.end_of_row()

    def end_of_cell(self, cell: dict[str, str]) -> None:
        value = self.value(cell)
        fault = self.fault(cell)
        repeated = times(cell, "table:number-columns-repeated")
        place = len(self.cells) + self.blanks
        self.note_comment(place)
        if value in (None, "") and fault is None:
            self.blanks += repeated
            return
        self.note_format(cell, place)
        check_column_count(len(self.cells) + self.blanks + repeated, self.line)
        self.cells += [None] * self.blanks
        self.blanks = 0
        if fault is not None:
            self.row_faults |= {len(self.cells) + number: fault for number in range(repeated)}
            value = None
        self.cells += [value] * repeated

    def note_comment(self, place: int) -> None:
        if self.comment is not None and len(self.marks[-1].comments) < MOST_COMMENTS:
            self.marks[-1].comments.append(Mark("comment", self.line, place, excerpt("".join(self.comment))))
        self.comment = None

    def note_format(self, cell: dict[str, str], place: int) -> None:
        marks, lines = self.marks[-1], times(cell, "table:number-rows-spanned")
        if lines > 1 and len(marks.merged) < MOST_MERGED:
            last = place + times(cell, "table:number-columns-spanned") - 1
            marks.merged.append(MergedRange(self.line, place, self.line + lines - 1, last))
        if cell.get("table:style-name") in self.struck_styles and len(marks.struck) < MOST_STRUCK:
            marks.struck.setdefault(self.line, set()).add(place)

    def value(self, cell: dict[str, str]) -> Cell:
        kind = cell.get("office:value-type")
        text = "\n".join(self.paragraphs) if self.paragraphs else cell.get("office:string-value")
        try:
            if kind == "float":
                number = float(cell["office:value"])
                return number if math.isfinite(number) else cell["office:value"]
            if kind == "date":
                value = datetime.fromisoformat(cell["office:date-value"])
                return value.date() if value.time() == datetime.min.time() else value
        except (KeyError, ValueError):
            return text or cell.get("office:value") or cell.get("office:date-value")
        if kind == "boolean":
            return cell.get("office:boolean-value") == "true"
        return text

    def fault(self, cell: dict[str, str]) -> Fault | None:
        """Return the fault of a formula whose value is missing or an error."""
        formula = "table:formula" in cell
        text = "".join(self.paragraphs)
        if cell.get("calcext:value-type") == "error" or (formula and ERROR.fullmatch(text)):
            return Fault("error_in_cell", {"value": excerpt(text)})
        if formula and "office:value-type" not in cell and not text:
            return Fault("formula_without_value", {"formula": excerpt(cell["table:formula"])})
        return None

    def end_of_row(self) -> None:
        repeated = times(self.row, "table:number-rows-repeated")
        if self.row_faults or is_filled(self.cells):
            self.count += repeated
            check_row_count(self.count - len(self.sheets))  # each may have a row of headings
            if self.rows and self.rows[-1][0] < self.line - 1:
                self.rows.append((self.line - 1, []))  # blank rows may close a table
            for line in range(self.line, self.line + repeated):
                self.rows.append((line, self.cells))
                if self.row_faults:
                    self.faults[line] = self.row_faults
            if self.row.get("table:visibility", VISIBLE) != VISIBLE:
                self.marks[-1].hidden_rows.update(range(self.line, self.line + repeated))
        self.line += repeated
