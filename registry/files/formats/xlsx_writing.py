"""Writing Excel workbooks with XlsxWriter."""

from __future__ import annotations

import io
from datetime import date, datetime

import xlsxwriter

from registry.files.formats.table import CellTooLong, Table


def write_xlsx(table: Table) -> bytes:
    """Return the table as a workbook. Texts stay texts, even if they look like a formula, a number or a link."""
    target = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(target, options) as workbook:
        workbook.set_properties({"title": table.title, "comments": table.about_in_short})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        sheet = workbook.add_worksheet(table.title)
        sheet.freeze_panes(1, 0)
        for number, width in enumerate(table.widths):
            sheet.set_column(number, number, width, None, {"hidden": number in table.hidden})
        for number, text in enumerate(table.headings):
            sheet.write_string(0, number, text, heading)
        writers = {
            str: (sheet.write_string, wrapped),
            int: (sheet.write_number, wrapped),
            float: (sheet.write_number, wrapped),
            bool: (sheet.write_boolean, wrapped),
            date: (sheet.write_datetime, day),
            datetime: (sheet.write_datetime, day),
        }
        last, other = 0, (sheet.write, wrapped)
        for last, (_line, cells) in enumerate(table.rows, start=1):
            for number, cell in enumerate(cells):
                if cell is None or cell == "":
                    continue
                write, format_ = writers.get(type(cell), other)
                if write(last, number, cell, format_):  # not 0: the text is longer than Excel allows
                    raise CellTooLong(last + 1, table.headings[number])
        sheet.autofilter(0, 0, last, max(len(table.headings) - 1, 0))
        about = workbook.add_worksheet("About")
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 80)
        for line, (name, value) in enumerate(table.about):
            about.write_string(line, 0, name, heading)
            about.write(line, 1, value, day if isinstance(value, date) else wrapped)
    return target.getvalue()
