"""Reading the sheets of a workbook with python-calamine. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from registry.document import DocumentProblems
from registry.files.formats.cells import Cell
from registry.files.formats.table import refuse


@contextmanager
def damage_as_problem(format_: str) -> Iterator[None]:
    """Turn errors and panics of calamine into a problem of the file."""
    try:
        yield
    except (DocumentProblems, MemoryError):
        raise
    except BaseException as error:
        # A panic of calamine is not an Exception, and its class cannot be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise refuse("unreadable_file", line=0, format=format_) from None
        raise


def worksheets(book: CalamineWorkbook) -> Mapping[str, CalamineSheet]:
    """Return the sheets that hold cells, not charts or macros, by name; without those that only programs see."""
    names = [
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet and meta.visible != SheetVisibleEnum.VeryHidden
    ]
    return {name: book.get_sheet_by_name(name) for name in names}


def sheet_rows(format_: str, sheet: CalamineSheet) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows from A1 on: calamine includes blank rows before the first filled cell, but no blank columns."""
    left = [None] * (sheet.start[1] if sheet.start else 0)
    every: Iterator[list[Any]] = sheet.iter_rows()
    for line in count(1):
        with damage_as_problem(format_):
            cells = next(every, None)
        if cells is None:
            return
        yield line, [*left, *cells]
