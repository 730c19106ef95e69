"""The cells of a sheet or a text as they stand in a file, with what the cells do not say. Pure: no Django.

Grids are read by ``registry.files.sandbox.read_grids``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from registry.files.formats.cells import Cell


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file says of a line or a cell besides its value, or what was done with it.

    Codes of grids: ``hidden_row``, ``hidden_column``, ``struck_out`` (of the line, or of a cell), ``comment`` (``text``
    is the comment), ``merged`` (the cell repeats the value of the range in ``text``), ``ditto``, ``misread_text`` (the
    cell holds it put right, ``text`` as it was), ``read_as`` and ``old_workbook`` (of the file, on line 0), and the
    codes of problems that leave a cell without a value, as ``error_in_cell``. Of files that are read by the rules of
    the register also ``passed_over``, ``heading``, ``other_sheet``, ``list_read`` and ``suspect_text``.
    """

    code: str
    #: 1-based, as in the file.
    line: int
    #: The index of the cell; None for the line.
    place: int | None = None
    text: str = ""


@dataclass
class Grid:
    """The cells of one sheet or text, as they stand in the file."""

    #: Of the sheet, or the key of a list in JSON; "" for a text.
    name: str
    #: The line (1-based, as in the file) and its cells from the first column on, without blank ones at the end. Blank
    #: lines are left out. The line of the keys of JSON is 0, as its entries are counted from 1.
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def trimmed(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the lines that are not blank, without the blank cells at their end; other blank cells are None."""
    for line, cells in rows:
        width = next((number for number in range(len(cells), 0, -1) if not is_blank(cells[number - 1])), 0)
        if width:
            yield line, [None if is_blank(cell) else cell for cell in cells[:width]]


#: What people write in a cell for "the same as above". A lone dash means that there is nothing, and is none of these.
_DITTO = re.compile(
    r"""[-–—_.\s]*(?:["”“„″〃'’´]{1,2}|,,)[-–—_.\s]*|ditto|dito|do\.|id\.|idem|"""
    r"""samma som ovan|se ovan|same as above|as above|s\.\s*o\.""",
    re.IGNORECASE,
)
_LONGEST_DITTO = 20


def is_ditto(text: str) -> bool:
    """Return whether a cell holds nothing but a sign that it is the same as the one above."""
    return len(text) <= _LONGEST_DITTO and _DITTO.fullmatch(text.strip()) is not None
