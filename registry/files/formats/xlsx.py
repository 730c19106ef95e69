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

from python_calamine import CalamineWorkbook

from registry.document.problems import excerpt
from registry.files.formats.calamine_sheets import damage_as_problem, sheet_rows, worksheets
from registry.files.formats.sheets import Sheet, choose_sheet
from registry.files.formats.table import Fault, Table, refuse
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
PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
ROW_PLACE = re.compile(r"[0-9]{1,7}")
STRING_PLACE = re.compile(r"[0-9]{1,14}")


def read_xlsx(data: bytes, sheet: str = "", headings: Container[str] = ()) -> Table:
    """Return the table of the sheet. For ``headings`` see ``Sheet.could_hold_the_register``."""
    return choose_sheet(xlsx_sheets(data), sheet, headings)


def xlsx_sheets(data: bytes) -> list[Sheet]:
    package = Package(data, "xlsx")
    inspections, plain = inspected(package)
    with damage_as_problem("xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(plain))
        return sheets_of(package, book, inspections)


def sheets_of(package: Package, book: CalamineWorkbook, inspections: dict[str, SheetInspection]) -> list[Sheet]:
    parts = parts_of_sheets(package)
    return [
        Sheet(name, sheet_rows("xlsx", sheet), faults_of(inspections.get(parts.get(name, "").lower())))
        for name, sheet in worksheets(book).items()
    ]


def faults_of(inspection: SheetInspection | None) -> dict[int, dict[int, Fault]]:
    return inspection.faults if inspection else {}


def parts_of_sheets(package: Package) -> dict[str, str]:
    """Return the path of each sheet in the package, by the name of the sheet."""
    targets: dict[str, str] = {}
    parts: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "")
        path = target if target.startswith("/") else posixpath.join("/xl", target)
        targets[attributes.get("Id", "")] = posixpath.normpath(path).lstrip("/")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("|sheet"):
            key = next((value for key, value in attributes.items() if key.endswith("|id")), "")
            parts[attributes.get("name", "")] = targets.get(key, "")

    if "xl/_rels/workbook.xml.rels" in package:
        package.walk(package.read("xl/_rels/workbook.xml.rels"), start=relation)
    package.walk(package.read("xl/workbook.xml"), start=sheet)
    return parts


def inspected(package: Package) -> tuple[dict[str, SheetInspection], bytes]:
    """Return the inspections of the sheets that need one, and the workbook repacked from the parts that were read."""
    inspections: dict[str, SheetInspection] = {}
    target = io.BytesIO()
    longest, cells = 0, 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as plain:
        names = sorted(package.xml_names(), key=lambda name: "sharedstrings" not in name.lower())
        sizes: list[int] = []
        for name in names:
            content = package.read(name)
            if "sharedstrings" in name.lower():
                content = without_counts(content)
            plain.writestr(name, content)
            if "sharedstrings" in name.lower():
                sizes = sizes_of_strings(content)
                longest = max(sizes, default=0)
            elif is_sheet(name, content):
                cell_count = sum(1 for _cell in CELL.finditer(content))
                cells += cell_count
                if cells > MOST_RECTANGLE_CELLS or sum(1 for _row in ROW.finditer(content)) > 2 * 1_048_576:
                    raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)
                if (
                    UNUSUAL.search(content)
                    or longest * cell_count > MOST_TEXT
                    or largest_rectangle(content) > MOST_RECTANGLE_CELLS
                ):
                    inspection = inspections[name.lower()] = SheetInspection(sizes)
                    package.walk(content, start=inspection.start, end=inspection.end, text=inspection.text)
                    inspection.check()
    return inspections, target.getvalue()


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
                self.row = int(place_of(ROW_PLACE, attributes["r"])[0])
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
            place = place_of(PLACE, attributes["r"])
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


def place_of(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    """Return the parsed place, or refuse the file: calamine would allocate cells beyond the largest possible sheet."""
    place = pattern.fullmatch(text)
    if place is None:
        raise refuse("unreadable_file", line=0, format="xlsx")
    return place


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
