"""Reading and writing OpenDocument spreadsheets as streams.

Faster readers lose tabs within cells, and odfpy keeps the whole tree in memory.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

from registry.core.text import printable, unprintable
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.sheets import Sheet, choose_sheet
from registry.files.formats.table import Fault, Table, check_column_count, check_row_count, is_filled, refuse
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
    return reader.sheets


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
        self.ignored_depth = 0

    def name(self, name: str) -> str:
        return self.names.get(name) or self.names.setdefault(name, short(name))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = self.name(name)
        if self.ignored_depth or (self.cell is not None and name in NOT_CELL_TEXT):
            self.ignored_depth += 1
        elif name == "office:spreadsheet":
            self.is_spreadsheet = True
        elif name == "table:table":
            self.rows, self.faults, self.line = [], {}, 1
            self.sheets.append(Sheet(self.short(attributes).get("table:name", ""), iter(self.rows), self.faults))
        elif name == "table:table-row":
            self.row, self.cells, self.row_faults, self.blanks = self.short(attributes), [], {}, 0
        elif name in CELL_ELEMENTS:
            self.cell, self.paragraphs = self.short(attributes), []
        elif self.cell is not None:
            self.start_of_text(name, attributes)

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
        if self.pieces is not None and not self.ignored_depth:
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
        if value in (None, "") and fault is None:
            self.blanks += repeated
            return
        check_column_count(len(self.cells) + self.blanks + repeated, self.line)
        self.cells += [None] * self.blanks
        self.blanks = 0
        if fault is not None:
            self.row_faults |= {len(self.cells) + number: fault for number in range(repeated)}
            value = None
        self.cells += [value] * repeated

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
            for line in range(self.line, self.line + repeated):
                self.rows.append((line, self.cells))
                if self.row_faults:
                    self.faults[line] = self.row_faults
        self.line += repeated


MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIMETYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
META = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"><office:meta><dc:title>{title}</dc:title>'
    "<dc:description>{about}</dc:description></office:meta></office:document-meta>"
)
#: Blanks that XML readers may collapse, and tabs.
FOLDED = re.compile(r"\t| {2,}|^ | $")


def write_ods(table: Table) -> bytes:
    """Return the table as a file, written as a stream: odfpy would need 4 GB for 100,000 rows."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", MANIFEST)
        package.writestr("meta.xml", META.format(title=escape(table.title), about=escape(table.about_in_short)))
        with package.open("content.xml", "w") as entry, io.TextIOWrapper(entry, "utf-8") as content:
            content.writelines(content_pieces(table))
    return target.getvalue()


def content_pieces(table: Table) -> Iterator[str]:
    names = ("office", "table", "text", "style")
    spaces = " ".join(f'xmlns:{name}="{namespace}"' for namespace, name in NAMESPACES.items() if name in names)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {spaces} office:version="1.3">'
    yield "<office:automatic-styles>"
    for number, width in enumerate(table.widths):
        yield f'<style:style style:name="width{number}" style:family="table-column">'
        yield f'<style:table-column-properties style:column-width="{width * 2}mm"/></style:style>'
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    yield f"<table:table table:name={quoteattr(table.title)}>"
    for number, _width in enumerate(table.widths):
        collapsed = ' table:visibility="collapse"' if number in table.hidden else ""
        yield f'<table:table-column table:style-name="width{number}"{collapsed}/>'
    yield row_of(table.headings)
    for _line, cells in table.rows:
        yield row_of(cells)
    yield "</table:table>"
    if table.about:
        yield f"<table:table table:name={quoteattr(table.about_title)}>"
        yield from map(row_of, table.about)
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>\n"


def row_of(cells: Iterable[Cell]) -> str:
    return f"<table:table-row>{''.join(map(cell_of, cells))}</table:table-row>"


def cell_of(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return typed("float", f'office:value="{cell}"', f"<text:p>{cell}</text:p>")
    if isinstance(cell, date):
        day = cell.isoformat()
        return typed("date", f'office:date-value="{day}"', f"<text:p>{day}</text:p>")
    text = str(cell)
    lines = escape(printable(text) if unprintable(text) else text).split("\n")
    return typed("string", "", "".join(f"<text:p>{FOLDED.sub(kept_blanks, line)}</text:p>" for line in lines))


def typed(kind: str, value: str, paragraphs: str) -> str:
    return f'<table:table-cell office:value-type="{kind}" {value}>{paragraphs}</table:table-cell>'


def kept_blanks(blanks: re.Match[str]) -> str:
    return "<text:tab/>" if blanks[0] == "\t" else f'<text:s text:c="{len(blanks[0])}"/>'
