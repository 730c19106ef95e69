"""Tables: headings and rows with line numbers, within limits. Every format but the document is read into one.

Pure: no Django, as uploaded files are read in a process without settings: see ``registry.files.sandbox``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.document import DocumentProblems, Problem
from registry.files.formats.cells import Cell, as_text

#: Limits that keep a small file from filling the memory; the register has about thirty columns. The sandbox sets the
#: number of rows from the settings.
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 10_000_000
MOST_CHARACTERS = 200_000_000

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
    #: The line of the headings. Rows of JSON are not below headings.
    line: int = 1
    below_headings: bool = True
    #: The indexes of columns that spreadsheets hide.
    hidden: Sequence[int] = ()
    #: The values that cells of a column may have, by its index: workbooks offer them.
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    #: The name of the sheet that says what the file is, and which rows it holds, in words.
    about_title: str = "About"
    rows_shown: str = ""

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
    numbered: Iterator[tuple[int, Sequence[Cell]]], faults: Mapping[int, Mapping[int, Fault]] | None = None
) -> Table:
    """Return a table whose first filled row contains the headings. Blank rows are skipped."""
    faults = faults or {}
    filled = ((line, cells) for line, cells in numbered if is_filled(cells) or line in faults)
    top, headings = next(filled, (1, ()))
    if not headings:
        raise refuse("no_heading_row")
    check_column_count(len(headings), top)
    return Table([as_text(heading) for heading in headings], within_limits(filled), faults=faults, line=top)


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
