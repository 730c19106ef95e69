"""Reading Excel workbooks with python-calamine, after an inspection for what it does not report or would crash on.

Pure: no Django.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from python_calamine import CalamineSheet, CalamineWorkbook

from registry.document.problems import excerpt
from registry.files.formats.calamine_sheets import damage_as_problem, sheet_rows, worksheets
from registry.files.formats.cells import column_letters, column_number
from registry.files.formats.sheet_marks import SheetMarks
from registry.files.formats.sheets import Sheet, choose_sheet
from registry.files.formats.table import Fault, Table, refuse
from registry.files.formats.xlsx_marks import WorkbookStyles, comments_of, marks_of_sheet
from registry.files.formats.zip_limits import MEGABYTE, MOST_BYTES, Package

#: calamine allocates the rectangle from the first filled cell to the last.
MOST_RECTANGLE_CELLS = 10_000_000
LONGEST_ROW_NUMBER = 15
#: Cells refer to shared strings, of which calamine makes a copy for each cell.
MOST_TEXT = 1_000_000_000
#: What requires an inspection cell by cell: formulas, errors, cells and rows whose first attribute is not their place,
#: and markup that could hide these.
UNUSUAL = re.compile(
    rb"<(?:\w+:)?f[\s/>]|\bt\s*=\s*[\"']e[\"']|<!|&#"
    rb"|<(?:\w+:)?c(?=[\s/>])(?!\s+r\s*=\s*[\"'][A-Za-z])|<(?:\w+:)?row(?=[\s/>])(?!\s+r\s*=\s*[\"'][0-9]+[\"'])"
)
FAR = re.compile(rb"\br\s*=\s*[\"'](?:([A-Za-z]{2,})([0-9]+)|([A-Za-z]?)([0-9]{6,}))")
NEAR = 26, 99_999
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")
#: The table of shared strings and the number of strings that it states: calamine allocates as many, present or not.
TABLE_OF_STRINGS = re.compile(rb"<(?:\w+:)?sst\b[^<>]*>")
COUNT = re.compile(rb"\s(?:uniqueCount|count)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
RELATIONS = "xl/_rels/workbook.xml.rels"
SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*(?:/>|>\s*</(?:\w+:)?sheet>)")
RELATION = re.compile(rb"\w:id\s*=\s*[\"']([^\"'<>]*)[\"']")
PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
ROW_PLACE = re.compile(r"[0-9]{1,7}")
STRING_PLACE = re.compile(r"[0-9]{1,14}")


def read_xlsx(data: bytes, sheet: str = "", headings: Container[str] = ()) -> Table:
    """Return the table of the sheet. For ``headings`` see ``Sheet.could_hold_the_register``."""
    return choose_sheet(xlsx_sheets(data), sheet, headings)


def xlsx_sheets(data: bytes) -> list[Sheet]:
    package = Package(data, "xlsx")
    parts = parts_of_sheets(package)
    inspected = InspectedWorkbook(package)
    with damage_as_problem("xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(inspected.plain))
        sheets = worksheets(book)
    return [inspected.sheet(name, parts.get(name, ""), sheet) for name, sheet in sheets.items()]


def relations_of(package: Package) -> dict[str, str]:
    """Return the paths of the workbook's parts in the package by the keys of their relations."""
    targets: dict[str, str] = {}

    def relation(_name: str, attributes: dict[str, str]) -> None:
        if attributes.get("Id"):
            path = posixpath.join("/xl", attributes.get("Target", ""))
            targets[attributes["Id"]] = posixpath.normpath(path).lstrip("/")

    if RELATIONS in package:
        package.walk(package.read(RELATIONS), start=relation)
    return targets


def parts_of_sheets(package: Package) -> dict[str, str]:
    """Return the path of each sheet in the package, by the name of the sheet."""
    targets = relations_of(package)
    parts: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("|sheet"):
            key = next((value for key, value in attributes.items() if key.endswith("|id")), "")
            parts[attributes.get("name", "")] = targets.get(key, "")

    package.walk(package.read("xl/workbook.xml"), start=sheet)
    return parts


def without_modules(workbook: bytes, relations: Container[str]) -> bytes:
    """Return the list of sheets without those that have no part, as modules of macros: calamine stumbles over them."""

    def kept(tag: re.Match[bytes]) -> bytes:
        key = RELATION.search(tag[0])
        return tag[0] if key and key[1].decode(errors="replace") in relations else b""

    return SHEET.sub(kept, workbook)


class InspectedWorkbook:
    """The parts of a workbook that calamine reads, after the inspection of those that need one."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.inspections: dict[str, SheetInspection] = {}
        self.marks: dict[str, SheetMarks] = {}
        self.styles = WorkbookStyles()
        #: Of the shared strings, in bytes.
        self.sizes: list[int] = []
        self.cells = 0
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as plain:
            for name in sorted(package.xml_names(), key=reading_order):
                plain.writestr(name, self.inspected(name, package.read(name)))
        self.plain = target.getvalue()

    def inspected(self, name: str, content: bytes) -> bytes:
        """Inspect a part, and return it as calamine reads it. Raises ``DocumentProblems``."""
        if "sharedstrings" in name.lower():
            self.sizes = sizes_of_strings(content)
            self.styles.read_strings(content)
            return without_counts(content)
        if name.lower() == "xl/workbook.xml":
            return without_modules(content, relations_of(self.package))
        if name.lower() == "xl/styles.xml":
            self.styles.read_styles(self.package, content)
        elif is_sheet(name, content):
            self.inspect_sheet(name.lower(), content)
        return content

    def inspect_sheet(self, name: str, content: bytes) -> None:
        cell_count = sum(1 for _cell in CELL.finditer(content))
        self.cells += cell_count
        if self.cells > MOST_RECTANGLE_CELLS or sum(1 for _row in ROW.finditer(content)) > 2 * 1_048_576:
            raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)
        if (
            UNUSUAL.search(content)
            or max(self.sizes, default=0) * cell_count > MOST_TEXT
            or largest_rectangle(content) > MOST_RECTANGLE_CELLS
        ):
            inspection = self.inspections[name] = SheetInspection(self.sizes)
            self.package.walk(content, start=inspection.start, end=inspection.end, text=inspection.text)
            inspection.check()
        self.marks[name] = marks_of_sheet(content, self.styles)

    def sheet(self, name: str, part: str, sheet: CalamineSheet) -> Sheet:
        inspection = self.inspections.get(part.lower())
        found = self.marks.get(part.lower(), SheetMarks())
        found.comments = comments_of(self.package, part)
        faults = inspection.faults if inspection else {}
        return Sheet(name, sheet_rows("xlsx", sheet), faults).with_marks(found)


def reading_order(name: str) -> int:
    """Return a key that sorts shared strings and styles before the sheets that refer to them."""
    return 0 if "sharedstrings" in name.lower() else 1 if name.lower() == "xl/styles.xml" else 2


def largest_rectangle(content: bytes) -> int:
    """Return an upper bound for the size of the rectangle, blank cells included."""
    column, row = NEAR
    for far in FAR.finditer(content):
        letters, digits = far[1] or far[3], far[2] or far[4]
        if len(letters) > len("XFD") or len(digits) > LONGEST_ROW_NUMBER:
            return MOST_RECTANGLE_CELLS + 1
        column, row = max(column, column_number(letters.decode())), max(row, int(digits))
    return column * row


def is_sheet(name: str, content: bytes) -> bool:
    return name.lower().endswith(".xml") and b"sheetData" in content


def without_counts(strings: bytes) -> bytes:
    """Return the shared strings without the stated number of them."""
    return TABLE_OF_STRINGS.sub(lambda tag: COUNT.sub(b"", tag[0]), strings, count=1)


def sizes_of_strings(content: bytes) -> list[int]:
    places = [found.start() for found in STRING.finditer(content)] + [len(content)]
    return [end - start for start, end in pairwise(places)]


@dataclass
class SheetInspection:
    """An inspection of each cell of a sheet: its extent, the amount of repeated text, and the results of formulas."""

    sizes: Sequence[int]
    faults: dict[int, dict[int, Fault]] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    last_row: int = 0
    last_column: int = 0
    repeated: int = 0
    kind: str = ""
    formula: list[str] | None = None
    value: list[str] | None = None
    into: list[str] | None = None
    plain: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition("|")[2]
        if name == "row":
            self.row, self.column = self.row + 1, 0
            if "r" in attributes:
                self.row = int(parsed_place(ROW_PLACE, attributes["r"])[0])
        elif name == "c":
            self.start_of_cell(attributes)
        elif name == "f":
            self.formula = self.into = []
        elif name == "v":
            self.value = self.into = []
        elif name == "is":
            self.plain = True

    def start_of_cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        if "r" in attributes:
            place = parsed_place(PLACE, attributes["r"])
            self.row, self.column = int(place[2]), column_number(place[1])
        self.kind = attributes.get("t", "n")
        self.formula = self.value = self.into = None
        self.plain = False

    def text(self, text: str) -> None:
        if self.into is not None:
            self.into.append(text)

    def end(self, name: str) -> None:
        name = name.rpartition("|")[2]
        if name in {"f", "v"}:
            self.into = None
        elif name == "c":
            self.end_of_cell()

    def end_of_cell(self) -> None:
        value = "".join(self.value or ())
        if not (value or self.plain or self.formula is not None):
            return
        self.last_row, self.last_column = max(self.row, self.last_row), max(self.column, self.last_column)
        if self.kind == "s" and STRING_PLACE.fullmatch(value) and int(value) < len(self.sizes):
            self.repeated += self.sizes[int(value)]
        if self.kind == "e":
            self.fault("error_in_cell", value=excerpt(value))
        elif self.formula is not None and not value and not (self.kind == "str" and self.value is not None):
            self.fault("formula_without_value", formula=excerpt("=" + "".join(self.formula)))

    def fault(self, code: str, **params: object) -> None:
        self.faults.setdefault(self.row, {})[self.column - 1] = Fault(code, params)

    def check(self) -> None:
        if self.last_row * self.last_column > MOST_RECTANGLE_CELLS:
            raise refuse("too_wide", line=0, column=column_letters(self.last_column), last=self.last_row)
        if self.repeated > MOST_TEXT:
            raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)


def parsed_place(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    """Return the parsed place, or refuse the file: calamine would allocate cells beyond the largest possible sheet."""
    place = pattern.fullmatch(text)
    if place is None:
        raise refuse("unreadable_file", line=0, format="xlsx")
    return place
