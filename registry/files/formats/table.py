"""Between files and the register stand tables: headings and rows, of which each knows its line, within limits.

Pure: no Django. Files of others are read in a process that has no settings: see ``registry.files.sandbox``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.document import DocumentProblems, Problem
from registry.files.formats.cells import Cell, as_text

#: The register has some thirty columns. Any width and length of rows would let a small file fill the memory. The number
#: of rows is what the settings say: the sandbox hands it over.
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 10_000_000
MOST_CHARACTERS = 200_000_000

#: A zip file, a compound file: workbooks under another name.
WORKBOOKS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


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

    @property
    def about_in_short(self) -> str:
        """For the properties of a file, which spreadsheet programs show apart from its sheets."""
        return "\n".join(f"{name}: {value}" for name, value in self.about)


class CellTooLong(ValueError):
    """A text that a format cannot hold. Cut, it would come back as a change."""

    def __init__(self, line: int, heading: str) -> None:
        super().__init__(line, heading)
        self.line, self.heading = line, heading


def refuse(code: str, line: int = 1, **params: Any) -> DocumentProblems:
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
    """The first row that is not blank holds the headings; blank rows are passed over."""
    faults = faults or {}
    filled = ((line, cells) for line, cells in numbered if is_filled(cells) or line in faults)
    top, headings = next(filled, (1, ()))
    if not headings:
        raise refuse("no_heading_row")
    check_column_count(len(headings), top)
    return Table([as_text(heading) for heading in headings], within_limits(filled), faults=faults, line=top)


def within_limits(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    held = characters = 0
    for count, (line, cells) in enumerate(rows, start=1):
        check_row_count(count)
        check_column_count(len(cells), line)
        held += len(cells)
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if held > MOST_CELLS or characters > MOST_CHARACTERS:
            raise refuse("unpacks_too_large", line=0, limit=MOST_CHARACTERS // 1_000_000)
        yield line, cells
