"""Choosing the sheet of a workbook that contains the register."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from registry.core.text import text_key
from registry.document import DocumentProblems, Problem, column_of
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.table import Fault, Table, from_rows, is_filled, refuse

#: The sheet on which exports describe themselves.
ABOUT = "About"


class WhichSheet(DocumentProblems):
    """More than one sheet could contain the register; ``names`` are theirs."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        super().__init__([Problem(0, "which_sheet", {"sheets": quoted_names(names)})])


@dataclass
class Sheet:
    """A sheet whose rows are read on iteration."""

    name: str
    rows: Iterator[tuple[int, Sequence[Cell]]]
    #: By line and index of the cell.
    faults: Mapping[int, Mapping[int, Fault]] = field(default_factory=dict)

    def could_hold_the_register(self, headings: Container[str]) -> bool:
        """Return whether the first filled row has at least two headings of the register.

        ``headings`` are the text keys of headings besides the document's.
        """
        first = next((row for row in self.rows if is_filled(row[1])), None)
        if first is None:
            return False
        self.rows = chain([first], self.rows)
        texts = [cell for cell in first[1] if isinstance(cell, str)]
        return sum(column_of(text) is not None or text_key(text) in headings for text in texts) > 1

    def table(self) -> Table:
        return from_rows(self.rows, self.faults)


def choose_sheet(sheets: Sequence[Sheet], wanted: str, headings: Container[str] = ()) -> Table:
    """Return the wanted sheet, else the one that could contain the register, else the first. Raises ``WhichSheet``."""
    if wanted:
        for sheet in sheets:
            if sheet.name == wanted:
                return sheet.table()
        raise refuse(
            "no_such_sheet", line=0, sheet=excerpt(wanted), sheets=quoted_names([sheet.name for sheet in sheets])
        )
    sheets = [sheet for sheet in sheets if sheet.name != ABOUT]
    fitting = [sheet for sheet in sheets if sheet.could_hold_the_register(headings)]
    if len(fitting) > 1:
        raise WhichSheet([sheet.name for sheet in fitting])
    for sheet in fitting or sheets:
        return sheet.table()
    raise refuse("no_heading_row")


def quoted_names(names: Sequence[str]) -> str:
    return ", ".join(f'"{excerpt(name)}"' for name in names)
