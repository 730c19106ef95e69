"""Reading workbooks of Excel 97-2003. Pure: no Django.

python-calamine tells their values and merged cells, and nothing else of them.
"""

from __future__ import annotations

import io
from collections.abc import Container, Iterator
from itertools import islice

from python_calamine import CalamineSheet, CalamineWorkbook

from registry.files.formats.calamine_sheets import damage_as_problem, sheet_rows, worksheets
from registry.files.formats.sheet_marks import MOST_MERGED, MergedRange, SheetMarks
from registry.files.formats.sheets import Sheet, choose_sheet
from registry.files.formats.table import Table, refuse
from registry.files.formats.zip_limits import COMPOUND_FILE, ENCRYPTED_PACKAGE, MEGABYTE, MOST_BYTES

#: Of all sheets of a workbook; calamine allocates the rectangle from the first filled cell of a sheet to the last.
MOST_RECTANGLE_CELLS = 10_000_000
#: The names of the streams that hold macros.
MACROS = "_VBA_PROJECT".encode("utf-16-le")
#: Streams begin at multiples of a small sector. A workbook's first record says so, and which version it has.
SMALL_SECTOR, FIRST_RECORD, PASSWORD_RECORD = 64, b"\x09\x08", 0x2F
#: Only a record that protects from writing may stand between the first record and that of the password.
RECORDS_BEFORE_PASSWORD = 3


def read_xls(data: bytes, sheet: str = "", headings: Container[str] = ()) -> Table:
    """Return the table of the sheet. For ``headings`` see ``Sheet.could_hold_the_register``."""
    return choose_sheet(xls_sheets(data), sheet, headings)


def xls_sheets(data: bytes) -> list[Sheet]:
    if not data.startswith(COMPOUND_FILE):
        raise refuse("unreadable_file", line=0, format="xls")
    if ENCRYPTED_PACKAGE in data or has_password(data):
        raise refuse("password_protected", line=0)
    if MACROS in data:
        raise refuse("macros", line=0)
    with damage_as_problem("xls"):
        sheets = worksheets(CalamineWorkbook.from_filelike(io.BytesIO(data)))
        if sum(sheet.total_height * sheet.total_width for sheet in sheets.values()) > MOST_RECTANGLE_CELLS:
            raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)
        return [sheet_of(name, sheet) for name, sheet in sheets.items()]


def sheet_of(name: str, sheet: CalamineSheet) -> Sheet:
    """Return a sheet with the values of merged cells."""
    found = SheetMarks()
    for (top, first), (bottom, last) in islice(sheet.merged_cell_ranges or (), MOST_MERGED):
        if bottom > top:
            found.merged.append(MergedRange(top + 1, first, bottom + 1, last))
    return Sheet(name, sheet_rows("xls", sheet)).with_marks(found)


def has_password(data: bytes) -> bool:
    """Return whether a record of encryption follows the first record of the workbook's stream."""
    return any(PASSWORD_RECORD in kinds for kinds in map(list, first_stream_records(data)))


def first_stream_records(data: bytes) -> Iterator[Iterator[int]]:
    """Yield the kinds of the first records wherever a stream of a workbook seems to begin."""
    start = data.find(FIRST_RECORD)
    while start >= 0:
        if start % SMALL_SECTOR == 0:
            yield record_kinds(data, start)
        start = data.find(FIRST_RECORD, start + 1)


def record_kinds(data: bytes, start: int) -> Iterator[int]:
    for _number in range(RECORDS_BEFORE_PASSWORD):
        yield int.from_bytes(data[start : start + 2], "little")
        start += 4 + int.from_bytes(data[start + 2 : start + 4], "little")
