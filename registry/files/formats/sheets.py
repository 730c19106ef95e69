"""Choosing the sheet of a workbook that contains the register."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from registry.core.text import text_key
from registry.document import DocumentProblems, Problem, column_of
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.grids import Mark
from registry.files.formats.sheet_marks import SheetMarks
from registry.files.formats.table import (
    LEAST_HEADINGS,
    MOST_LINES_ABOVE,
    Fault,
    Table,
    from_rows,
    has_headings,
    is_filled,
    refuse,
)

#: The sheet on which exports describe themselves.
ABOUT = "About"
#: The sheet with the values that cells of exports offer. Other programs may show it when they have saved the file.
CHOICES = "Choices"


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
    #: What the file says of lines and cells; complete when the rows are read.
    marks: list[Mark] = field(default_factory=list)

    def could_hold_the_register(self, headings: Container[str]) -> bool:
        """Return whether the first filled row has two headings of the register, or one of the first rows all.

        ``headings`` are the text keys of headings besides the document's.
        """
        first = list(first_rows(self.rows))
        self.rows = chain(first, self.rows)
        filled = [cells for _line, cells in first if is_filled(cells)]
        texts = [cell for cell in (filled or [()])[0] if isinstance(cell, str)]
        known = sum(column_of(text) is not None or text_key(text) in headings for text in texts)
        return known >= LEAST_HEADINGS or any(map(has_headings, filled))

    def is_filled(self) -> bool:
        return any(is_filled(cells) for _line, cells in self.rows)

    def with_marks(self, found: SheetMarks) -> Sheet:
        """Return the sheet with what was found about it: see ``SheetMarks.note``."""
        marks: list[Mark] = []
        return replace(self, rows=iter(found.note(self.rows, marks)), marks=marks)

    def table(self) -> Table:
        return from_rows(self.rows, self.faults, self.marks)


def first_rows(rows: Iterator[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield rows, blank ones included, until as many are filled as may stand above the headings, and one more."""
    count = 0
    for line, cells in rows:
        filled = is_filled(cells)
        count += filled
        yield line, cells if filled else ()
        if count > MOST_LINES_ABOVE:
            return


def choose_sheet(sheets: Sequence[Sheet], wanted: str, headings: Container[str] = ()) -> Table:
    """Return the wanted sheet, else the one that could contain the register, else the first. Raises ``WhichSheet``."""
    if wanted:
        for sheet in sheets:
            if sheet.name == wanted:
                return table_of(sheet, sheets)
        raise refuse(
            "no_such_sheet", line=0, sheet=excerpt(wanted), sheets=quoted_names([sheet.name for sheet in sheets])
        )
    sheets = [sheet for sheet in sheets if sheet.name != ABOUT]
    fitting = [sheet for sheet in sheets if sheet.could_hold_the_register(headings)]
    if len(fitting) > 1:
        raise WhichSheet([sheet.name for sheet in fitting])
    for sheet in fitting or sheets:
        return table_of(sheet, sheets)
    raise refuse("no_heading_row")


def table_of(chosen: Sheet, sheets: Sequence[Sheet]) -> Table:
    """Return the table of a sheet, with a mark for each other one that holds something."""
    others = [sheet.name for sheet in sheets if is_of_others(sheet, chosen)]
    chosen.marks += (Mark("other_sheet", 0, text=excerpt(name)) for name in others)
    return chosen.table()


def is_of_others(sheet: Sheet, chosen: Sheet) -> bool:
    """Return whether a sheet that was not chosen holds something that no export wrote."""
    return sheet is not chosen and sheet.name not in {ABOUT, CHOICES} and sheet.is_filled()


def quoted_names(names: Sequence[str]) -> str:
    return ", ".join(f'"{excerpt(name)}"' for name in names)
