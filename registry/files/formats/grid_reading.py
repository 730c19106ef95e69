"""Reading all sheets of a workbook, or a text, as grids. Pure: no Django."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from registry.document import put_right
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell
from registry.files.formats.grids import Grid, Mark, is_ditto, trimmed
from registry.files.formats.json_grids import json_grids
from registry.files.formats.ods import ods_sheets
from registry.files.formats.sheets import Sheet
from registry.files.formats.table import Limits
from registry.files.formats.text_grids import text_rows
from registry.files.formats.xls import xls_sheets
from registry.files.formats.xlsx import xlsx_sheets


def grids_of_format(format_code: str, data: bytes) -> list[Grid]:
    """Return the grids of a file of the format. Raises ``DocumentProblems``."""
    return READERS[format_code](data)


def text_grids(data: bytes, *, is_table: bool) -> list[Grid]:
    return grids_of([Sheet("", text_rows(data, is_table=is_table))])


READERS: Mapping[str, Callable[[bytes], list[Grid]]] = {
    "xlsx": lambda data: grids_of(xlsx_sheets(data)),
    "xls": lambda data: grids_of(xls_sheets(data)),
    "ods": lambda data: grids_of(ods_sheets(data)),
    "csv": lambda data: text_grids(data, is_table=True),
    "tsv": lambda data: text_grids(data, is_table=True),
    "document": lambda data: text_grids(data, is_table=False),
    "json": json_grids,
}


def grids_of(sheets: Sequence[Sheet]) -> list[Grid]:
    """Return the sheets as grids. Raises ``DocumentProblems`` where all of them together exceed a limit."""
    limits = Limits()
    grids = []
    for sheet in sheets:
        grid = Grid(sheet.name, list(limits.check(trimmed(sheet.rows))))
        grid.marks = [*sheet.marks, *fault_marks(sheet), *ditto_marks(grid.rows), *misread_marks(grid.rows)]
        grids.append(grid)
    return grids


def fault_marks(sheet: Sheet) -> Iterator[Mark]:
    """Yield a mark for each cell that has no value, with what the file says instead."""
    for line, faults in sheet.faults.items():
        for place, fault in faults.items():
            yield Mark(fault.code, line, place, str(next(iter(fault.params.values()), "")))


def ditto_marks(rows: Sequence[tuple[int, Sequence[Cell]]]) -> Iterator[Mark]:
    for line, cells in rows:
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and is_ditto(cell):
                yield Mark("ditto", line, place, cell.strip())


def misread_marks(rows: Sequence[tuple[int, list[Cell]]]) -> Iterator[Mark]:
    """Put texts right that were once read with the wrong encoding, and yield a mark for each."""
    for line, cells in rows:
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and (right := put_right(cell)) != cell:
                yield Mark("misread_text", line, place, excerpt(cell))
                cells[place] = right
