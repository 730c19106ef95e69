"""A copy of a refused file as a workbook: all its cells, those with problems marked, and the list of the problems."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from registry.core.text import printable, text_key
from registry.document import Problem, bare_heading, column_of
from registry.document.problems import excerpt
from registry.files.columns import columns_by_heading
from registry.files.formats.cells import Cell, as_text, column_letters
from registry.files.formats.grids import Grid
from registry.files.formats.table import MOST_LINES_ABOVE, heading_place
from registry.files.formats.xlsx_writing import HEADING
from registry.files.importing.problems import heading_of_problem, problem_text

#: The most characters of a cell of Excel, of a comment that is read at a glance, and of the name of a sheet.
LONGEST_CELL, LONGEST_COMMENT, LONGEST_NAME = 32_767, 500, 31
MARKED = {"bg_color": "#FFC7CE", "text_wrap": True, "valign": "top"}
WRAPPED = {"text_wrap": True, "valign": "top"}
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


@dataclass
class MarkedSheet:
    """A sheet of the copy: the grid, and the messages by row and place in it (both are indexes)."""

    grid: Grid
    name: str
    messages: dict[tuple[int, int | None], list[str]] = field(default_factory=dict)

    @property
    def offset(self) -> int:
        """Return the index of the row with line 0: the keys of JSON stand on it, which other files do not have."""
        return 0 if self.grid.rows and self.grid.rows[0][0] == 0 else -1

    @property
    def headings(self) -> tuple[int, Sequence[Cell]]:
        """Return the line and the cells of the headings."""
        first = self.grid.rows[: MOST_LINES_ABOVE + 1]
        if not first:
            return 1, ()
        return first[heading_place([cells for _line, cells in first])]

    def place_of(self, problem: Problem) -> int | None:
        """Return the place of the cell with a problem; None where it is about the whole line."""
        line, headings = self.headings
        wanted = problem.params.get("heading") if problem.line == line else None
        number = problem.params.get("number")
        if wanted is None and problem.column is None:
            return number - 1 if isinstance(number, int) and problem.line == line else None
        texts = [as_text(cell) for cell in headings]
        for known in (column_key, lambda text: column_key(bare_heading(text)), excerpt):
            for place, text in enumerate(texts):
                if known(text) in (problem.column, wanted) and known(text):
                    return place
        column = problem.column or ""
        return int(column) - 1 if column.isdecimal() and int(column) <= len(texts) else None


def column_key(heading: str) -> str | None:
    column = columns_by_heading().get(text_key(heading))
    return column_of(heading) or (column.key if column else None)


def marked_copy(grids: Sequence[Grid], problems: Sequence[Problem], sheet: str = "") -> bytes:
    """Return the copy. ``sheet`` names the one that the problems are about; else it is the one with the headings."""
    with xlsxwriter.Workbook(target := io.BytesIO(), OPTIONS) as workbook:
        listed = workbook.add_worksheet(free_name(_("Problems"), set()))
        names = {listed.get_name().casefold()}
        sheets: list[MarkedSheet] = []
        for grid in grids:
            sheets.append(MarkedSheet(grid, free_name(grid.name or _("Text"), names)))
            names.add(sheets[-1].name.casefold())
        about = sheet_with_problems(sheets, sheet)
        write_problems(workbook, listed, about, problems)
        for each in sheets:
            write_marked_sheet(workbook, each)
    return target.getvalue()


OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have, and that none of the others has."""
    name = NOT_IN_NAMES.sub(" ", printable(name)).strip()[:LONGEST_NAME] or "-"
    number, free = 2, name
    while free.casefold() in taken:
        free, number = f"{name[: LONGEST_NAME - 5]} {number}", number + 1
    return free


def sheet_with_problems(sheets: Sequence[MarkedSheet], name: str) -> MarkedSheet | None:
    by_name = [each for each in sheets if each.grid.name == name and name]
    with_headings = sorted(sheets, key=lambda each: -sum(1 for cell in each.headings[1] if column_key(as_text(cell))))
    return next(iter(by_name or with_headings), None)


def write_problems(
    workbook: Workbook, listed: Worksheet, about: MarkedSheet | None, problems: Sequence[Problem]
) -> None:
    """Write the list of problems, each with a link to its cell, and note them for the sheet that they are about."""
    heading, wrapped = workbook.add_format(HEADING), workbook.add_format(WRAPPED)
    listed.freeze_panes(1, 0)
    for number, (text, width) in enumerate(((_("Line"), 8), (_("Column"), 24), (_("What is wrong"), 100))):
        listed.set_column(number, number, width)
        listed.write_string(0, number, text, heading)
    placed = [(about.place_of(problem) if about and problem.line else None, problem) for problem in problems]
    in_order = sorted(placed, key=lambda each: (each[1].line, each[0] or 0))
    for row, (place, problem) in enumerate(in_order, start=1):
        if about and problem.line:
            line = problem.line + about.offset
            about.messages.setdefault((line, place), []).append(problem_text(problem))
            cell = f"{column_letters((place or 0) + 1)}{line + 1}"
            listed.write_url(row, 0, f"internal:'{about.name}'!{cell}", string=str(problem.line))
        column = heading_of_problem(problem) or str(problem.params.get("column", problem.params.get("heading", "")))
        listed.write_string(row, 1, printable(column), wrapped)
        listed.write_string(row, 2, printable(problem_text(problem))[:LONGEST_CELL], wrapped)


def write_marked_sheet(workbook: Workbook, sheet: MarkedSheet) -> None:
    """Write the cells where they stand in the file; those with problems are coloured, with the message as a comment."""
    target = workbook.add_worksheet(sheet.name)
    marked, wrapped = workbook.add_format(MARKED), workbook.add_format(WRAPPED)
    by_row: dict[int, dict[int | None, list[str]]] = {}
    for (row, place), messages in sheet.messages.items():
        by_row.setdefault(row, {})[place] = messages
    written = {line + sheet.offset: cells for line, cells in sheet.grid.rows}
    for row in sorted({*written, *by_row}):
        cells, found = written.get(row, []), by_row.get(row, {})
        for place, cell in cells_to_write(cells, found):
            write_cell(target, row, place, cell, marked if place in found or None in found else wrapped)
        for place, messages in found.items():
            target.write_comment(row, place or 0, "\n".join(messages)[:LONGEST_COMMENT])


def cells_to_write(cells: Sequence[Cell], found: Mapping[int | None, object]) -> Iterator[tuple[int, Cell]]:
    """Yield the cells with their places, and blank ones that have a problem."""
    yield from enumerate(cells)
    yield from ((place, None) for place in sorted({place or 0 for place in found}) if place >= len(cells))


def write_cell(sheet: Worksheet, row: int, place: int, cell: Cell, format_: Format) -> None:
    if cell is None:
        sheet.write_blank(row, place, None, format_)
    elif isinstance(cell, str):
        sheet.write_string(row, place, printable(cell)[:LONGEST_CELL], format_)
    elif isinstance(cell, (date, datetime)):
        sheet.write_string(row, place, as_text(cell), format_)
    else:
        sheet.write(row, place, cell, format_)
