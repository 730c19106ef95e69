"""What an Excel workbook says of rows and cells besides values: hidden, struck out, merged, commented. Pure: no Django.

calamine tells none of it. Parts are searched only where they contain the words for it, so that others cost nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from registry.document.problems import excerpt
from registry.files.formats.cells import column_number
from registry.files.formats.grids import Mark
from registry.files.formats.sheet_marks import MOST_COMMENTS, MOST_MERGED, MOST_STRUCK, MergedRange, SheetMarks
from registry.files.formats.zip_limits import Package

ROW = re.compile(rb"<(?:\w+:)?row\b([^<>]*)>")
COLUMN = re.compile(rb"<(?:\w+:)?col\b([^<>]*)>")
NUMBER = re.compile(rb"\br\s*=\s*[\"']([0-9]{1,7})[\"']")
HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
FIRST_AND_LAST = re.compile(rb"\b(min|max)\s*=\s*[\"']([0-9]{1,5})[\"']")
MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^<>]*\bref\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7}):([A-Za-z]{1,3})([0-9]{1,7})[\"']"
)
PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
STRING_CELL = re.compile(rb"(<(?:\w+:)?c\b[^<>]*\bt\s*=\s*[\"']s[\"'][^<>]*>)\s*<(?:\w+:)?v>([0-9]{1,9})<")
INLINE_CELL = re.compile(rb"(<(?:\w+:)?c\b[^<>]*>)\s*<(?:\w+:)?is>(.*?)</(?:\w+:)?is>", re.DOTALL)
STRING = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
RUN = re.compile(rb"<(?:\w+:)?r>(.*?)</(?:\w+:)?r>", re.DOTALL)
RUN_TEXT = re.compile(rb"<(?:\w+:)?t\b[^<>]*>([^<]*)<")
STRUCK = re.compile(rb"<(?:\w+:)?strike\b(?!\s+val\s*=\s*[\"'](?:0|false)[\"'])")
#: Columns of a sheet of Excel.
MOST_COLUMNS = 16_384
OFF = {"0", "false", "off"}


@dataclass
class WorkbookStyles:
    """The styles and shared strings that are struck out. Filled before the sheets are read."""

    styles: set[int] = field(default_factory=set)
    strings: set[int] = field(default_factory=set)

    def read_strings(self, content: bytes) -> None:
        """Note the strings of which every run with text is struck out."""
        if not STRUCK.search(content):
            return
        self.strings = {number for number, string in enumerate(STRING.finditer(content)) if is_struck(string[0])}

    def read_styles(self, package: Package, content: bytes) -> None:
        """Note the formats of cells whose font is struck out."""
        if STRUCK.search(content):
            reader = StylesReader()
            package.walk(content, start=reader.start, end=reader.end)
            self.styles = reader.struck_styles


def is_struck(string: bytes) -> bool:
    """Return whether a text consists of runs, of which all with text are struck out."""
    runs = [run[1] for run in RUN.finditer(string)]
    filled = [run for run in runs if any(text[1].strip() for text in RUN_TEXT.finditer(run))]
    return bool(filled) and all(map(STRUCK.search, filled))


@dataclass
class StylesReader:
    inside: str = ""
    font: int = -1
    style: int = -1
    struck_fonts: set[int] = field(default_factory=set)
    struck_styles: set[int] = field(default_factory=set)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition("|")[2]
        if name in {"fonts", "cellXfs", "dxfs", "cellStyleXfs"}:
            self.inside = name
        elif self.inside == "fonts" and name == "font":
            self.font += 1
        elif self.inside == "fonts" and name == "strike" and attributes.get("val", "1") not in OFF:
            self.struck_fonts.add(self.font)
        elif self.inside == "cellXfs" and name == "xf":
            self.style += 1
            if attributes.get("fontId", "") in map(str, self.struck_fonts):
                self.struck_styles.add(self.style)

    def end(self, name: str) -> None:
        if name.rpartition("|")[2] == self.inside:
            self.inside = ""


def marks_of_sheet(content: bytes, styles: WorkbookStyles) -> SheetMarks:
    """Return the marks of a sheet without its comments, which are in another part."""
    marks = SheetMarks()
    rows, end = content.find(b"sheetData"), content.rfind(b"sheetData")
    if content.find(b"hidden", 0, rows) >= 0:
        marks.hidden_columns = list(hidden_columns(content[:rows]))
    if content.find(b"hidden", rows, end) >= 0:
        marks.hidden_rows = set(hidden_rows(content))
    if content.find(b"mergeCell", end) >= 0:
        marks.merged = list(merged_ranges(content[end:]))
    if styles.styles or styles.strings or content.find(b"strike", rows, end) >= 0:
        marks.struck = struck_cells(content, styles)
    return marks


def hidden_columns(content: bytes) -> Iterator[int]:
    for column in COLUMN.finditer(content):
        if HIDDEN.search(column[1]):
            ends = {name: int(number) for name, number in FIRST_AND_LAST.findall(column[1])}
            # Everything to the right of a table is often hidden: no column is named for that.
            if ends.get(b"min", 0) and ends.get(b"max", MOST_COLUMNS) < MOST_COLUMNS:
                yield from range(ends[b"min"] - 1, ends[b"max"])


def hidden_rows(content: bytes) -> Iterator[int]:
    line = 0
    for row in ROW.finditer(content):
        number = NUMBER.search(row[1])
        line = int(number[1]) if number else line + 1
        if HIDDEN.search(row[1]):
            yield line


def merged_ranges(content: bytes) -> Iterator[MergedRange]:
    """Yield the ranges of merged cells that cover several lines."""
    for found in islice(MERGED.finditer(content), MOST_MERGED):
        first, top, last, bottom = found.groups()
        if int(bottom) > int(top):
            yield MergedRange(
                int(top), column_number(first.decode()) - 1, int(bottom), column_number(last.decode()) - 1
            )


def struck_cells(content: bytes, styles: WorkbookStyles) -> dict[int, set[int]]:
    """Return the places of struck-out cells by line; none where there are too many."""
    struck: dict[int, set[int]] = {}
    every = chain(
        cells_of_styles(content, styles.styles), cells_of_strings(content, styles.strings), inline_cells(content)
    )
    for count, (line, place) in enumerate(every):
        if count == MOST_STRUCK:
            return {}
        struck.setdefault(line, set()).add(place)
    return struck


def cells_of_styles(content: bytes, styles: Collection[int]) -> Iterator[tuple[int, int]]:
    if styles:
        numbers = b"|".join(str(number).encode() for number in sorted(styles))
        for cell in re.finditer(rb"<(?:\w+:)?c\b[^<>]*\bs\s*=\s*[\"'](?:" + numbers + rb")[\"'][^<>]*>", content):
            yield from place_in(cell[0])


def cells_of_strings(content: bytes, strings: Collection[int]) -> Iterator[tuple[int, int]]:
    if strings:
        for cell in STRING_CELL.finditer(content):
            if int(cell[2]) in strings:
                yield from place_in(cell[1])


def inline_cells(content: bytes) -> Iterator[tuple[int, int]]:
    if STRUCK.search(content):
        for cell in INLINE_CELL.finditer(content):
            if is_struck(cell[2]):
                yield from place_in(cell[1])


def place_in(tag: bytes) -> Iterator[tuple[int, int]]:
    place = PLACE.search(tag)
    if place:
        yield int(place[2]), column_number(place[1].decode()) - 1


def comments_of(package: Package, sheet: str) -> list[Mark]:
    """Return the comments of the sheet with this path in the package, in the order of its cells."""
    folder, _slash, name = sheet.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    targets: list[str] = []

    def relation(_name: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith("/comments"):
            target = attributes.get("Target", "")
            targets.append(posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/"))

    if relations in package:
        package.walk(package.read(relations), start=relation)
    reader = CommentReader()
    for target in targets:
        if target in package:
            package.walk(package.read(target), start=reader.start, end=reader.end, text=reader.text)
    return sorted(reader.comments, key=lambda mark: (mark.line, mark.place))[:MOST_COMMENTS]


@dataclass
class CommentReader:
    comments: list[Mark] = field(default_factory=list)
    place: re.Match[bytes] | None = None
    pieces: list[str] = field(default_factory=list)
    in_text: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition("|")[2]
        if name == "comment":
            self.place = re.fullmatch(rb"([A-Za-z]{1,3})([0-9]{1,7})", attributes.get("ref", "").encode())
            self.pieces = []
        self.in_text = name == "t"

    def text(self, text: str) -> None:
        if self.in_text:
            self.pieces.append(text)

    def end(self, name: str) -> None:
        self.in_text = False
        if name.rpartition("|")[2] == "comment" and self.place:
            place = column_number(self.place[1].decode()) - 1
            self.comments.append(Mark("comment", int(self.place[2]), place, excerpt("".join(self.pieces))))
