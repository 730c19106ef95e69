"""Tables: headings and rows with line numbers, within limits. Every format but the document is read into one.

Pure: no Django, as uploaded files are read in a process without settings: see ``registry.files.sandbox``.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from typing import Any

from registry.document import HEADINGS, DocumentProblems, Problem, column_of, has_all_headings
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell, as_text
from registry.files.formats.grids import Mark

#: Limits that keep a small file from filling the memory; the register has about thirty columns. The sandbox sets the
#: number of rows from the settings.
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 10_000_000
MOST_CHARACTERS = 200_000_000
#: Filled lines above the headings. Where more stand there, the first one has to be that of the headings.
MOST_LINES_ABOVE = 50
LEAST_HEADINGS = 2

#: How zip files and compound files begin: workbooks with another extension.
WORKBOOKS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Fault:
    """Why a cell has no value: a code of ``document.problems.MESSAGES`` with its parameters."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table that was read, or is to be written."""

    headings: Sequence[str]
    rows: Iterable[tuple[int, Sequence[Cell]]]
    widths: Sequence[int] = ()
    title: str = "Register"
    #: The lines of the sheet *About*: who, when, which rows.
    about: Sequence[tuple[str, Cell]] = field(default=())
    #: By line and index of the cell, which is blank in ``rows``.
    faults: Mapping[int, Mapping[int, Fault]] = field(default_factory=dict)
    #: What the file says besides the cells; complete when the rows are read.
    marks: list[Mark] = field(default_factory=list)
    #: The line of the headings. Rows of JSON are not below headings.
    line: int = 1
    below_headings: bool = True
    #: The indexes of columns that spreadsheets hide.
    hidden: Sequence[int] = ()
    #: The values that cells of a column may have, by its index: workbooks offer them.
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    #: Blank lines below the rows that offer them too.
    lines_to_fill: int = 0
    #: The name of the sheet that says what the file is, and which rows it holds, in words.
    about_title: str = "About"
    rows_shown: str = ""
    #: Stands in the properties of the file, which then has the same bytes each time; None: the time of writing.
    day: date | None = None

    @property
    def about_in_short(self) -> str:
        """Return the lines of *About* as one text, for the properties of a file."""
        return "\n".join(f"{name}: {value}" for name, value in self.about)


class CellTooLong(ValueError):
    """A text that is too long for the format; truncated, it would be imported as a change."""

    def __init__(self, line: int, heading: str) -> None:
        super().__init__(line, heading)
        self.line, self.heading = line, heading


def refuse(code: str, line: int = 1, **params: object) -> DocumentProblems:
    """Return an exception with one problem."""
    return DocumentProblems((Problem(line=line, code=code, params=params),))


def is_filled(cells: Sequence[Cell]) -> bool:
    return any(cell is not None and not (isinstance(cell, str) and not cell.strip()) for cell in cells)


def check_row_count(count: int) -> None:
    if count > MOST_ROWS:
        raise refuse("too_many_rows", line=0, limit=MOST_ROWS)


def check_column_count(count: int, line: int) -> None:
    if count > MOST_COLUMNS:
        raise refuse("too_many_columns", line=line, limit=MOST_COLUMNS)


def from_rows(
    numbered: Iterator[tuple[int, Sequence[Cell]]],
    faults: Mapping[int, Mapping[int, Fault]] | None = None,
    marks: list[Mark] | None = None,
) -> Table:
    """Return a table below the line that has all headings of the document, else below the first filled line.

    Blank rows are skipped. Lines above the headings, and closing ones, are passed over and marked: see ``rows_below``.
    """
    faults, marks = faults or {}, [] if marks is None else marks
    filled = FilledRows(numbered, faults)
    lines = list(first_lines(filled))
    if not lines:
        raise refuse("no_heading_row")
    place = heading_place([cells for _line, cells in lines])
    top, headings = lines[place]
    check_column_count(len(headings), top)
    marks += (mark_of_passed_line(line, cells) for line, cells in lines[:place])
    if lines[place + 1 :]:
        filled = FilledRows(chain(lines[place + 1 :], filled), faults)
    rows = within_limits(filled)
    if has_headings(headings):
        rows = rows_below(headings, rows, filled, marks)
    return Table([as_text(heading) for heading in headings], rows, faults=faults, line=top, marks=marks)


def first_lines(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows to that of the headings; the first ones where there is none."""
    for line, cells in islice(rows, MOST_LINES_ABOVE + 1):
        yield line, cells
        if has_headings(cells):
            return


def heading_place(lines: Sequence[Sequence[Cell]]) -> int:
    """Return the index of the line of the headings: the last one if it has all, else that with most, or the first."""
    if has_headings(lines[-1]):
        return len(lines) - 1
    counts = [sum(1 for cell in cells if isinstance(cell, str) and column_of(cell)) for cells in lines]
    return counts.index(max(counts)) if max(counts) >= LEAST_HEADINGS else 0


class FilledRows(Iterator[tuple[int, Sequence[Cell]]]):
    """The rows that are filled, or faulty. ``after_blank``: whether a blank row stands before the last one."""

    def __init__(self, rows: Iterable[tuple[int, Sequence[Cell]]], faults: Container[int]) -> None:
        self.rows, self.faults, self.after_blank = iter(rows), faults, False

    def __next__(self) -> tuple[int, Sequence[Cell]]:
        self.after_blank = False
        for line, cells in self.rows:
            if is_filled(cells) or line in self.faults:
                return line, cells
            self.after_blank = True
        raise StopIteration


def has_headings(cells: Sequence[Cell]) -> bool:
    return len(cells) >= len(HEADINGS) and has_all_headings(cell for cell in cells if isinstance(cell, str))


def rows_below(
    headings: Sequence[Cell], rows: Iterable[tuple[int, Sequence[Cell]]], filled: FilledRows, marks: list[Mark]
) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows of the table, without repeated headings, and without the closing lines.

    As in the document, lines with one cell behind a blank one close the table if nothing but such lines follows.
    """
    closing: list[tuple[int, Sequence[Cell]]] = []
    for line, cells in rows:
        if cells and cells[0] == headings[0] and list(cells) == list(headings):
            marks.append(mark_of_passed_line(line, cells))
        elif (closing or filled.after_blank) and line not in filled.faults and filled_count(cells) == 1:
            closing.append((line, cells))
        else:
            yield from closing
            closing.clear()
            yield line, cells
    marks += (mark_of_passed_line(line, cells) for line, cells in closing)


def filled_count(cells: Sequence[Cell]) -> int:
    return sum(1 for cell in cells if is_filled((cell,)))


def mark_of_passed_line(line: int, cells: Sequence[Cell]) -> Mark:
    return Mark("passed_over", line, text=excerpt(" ".join(filter(None, map(as_text, cells)))))


def within_limits(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows. Raises ``DocumentProblems`` when they exceed a limit."""
    return Limits().check(rows)


@dataclass
class Limits:
    """The number of rows, cells and characters that were read, of one table or of all sheets of a file."""

    rows: int = 0
    cells: int = 0
    characters: int = 0

    def check[Cells: Sequence[Cell]](self, rows: Iterable[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
        """Yield the rows. Raises ``DocumentProblems`` when they exceed a limit with those that were read before."""
        for line, cells in rows:
            self.rows += 1
            check_row_count(self.rows)
            check_column_count(len(cells), line)
            self.cells += len(cells)
            self.characters += sum(len(cell) for cell in cells if isinstance(cell, str))
            if self.cells > MOST_CELLS or self.characters > MOST_CHARACTERS:
                raise refuse("unpacks_too_large", line=0, limit=MOST_CHARACTERS // 1_000_000)
            yield line, cells
