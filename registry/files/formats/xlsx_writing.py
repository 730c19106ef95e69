"""Writing Excel workbooks with XlsxWriter."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import zip_longest

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from registry.files.formats.cells import column_letters
from registry.files.formats.sheets import CHOICES
from registry.files.formats.table import CellTooLong, Table

#: The number of the paper in workbooks.
A4 = 9


HEADING = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E9F2F0"}
#: The most characters of a list of values in a workbook, and of the header of a printed page.
LONGEST_LIST = LONGEST_HEADER = 250


def prepare_print(sheet: Worksheet, table: Table) -> None:
    """Have the sheet printed across, one page wide, with the headings on each page, what it shows and page numbers."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    shown = ": ".join(filter(None, (table.title, table.rows_shown))).replace("&", "&&")
    sheet.set_header(f"&L{shown[:LONGEST_HEADER]}")
    sheet.set_footer("&R&P / &N")


def offer_choices(workbook: Workbook, sheet: Worksheet, table: Table, last: int) -> None:
    """Offer the values that a column may have; other words, as in another language, are not refused.

    Lists that are too long for a validation are on a sheet of their own, which spreadsheet programs do not show.
    """
    long: list[Sequence[str]] = []
    for place, labels in table.choices.items():
        if not (labels and last):
            continue
        source: list[str] | str = list(labels)
        if len(",".join(labels)) > LONGEST_LIST or any("," in label for label in labels):
            if labels not in long:
                long.append(labels)
            letters = column_letters(long.index(labels) + 1)
            source = f"='{CHOICES}'!${letters}$1:${letters}${len(labels)}"
        sheet.data_validation(1, place, last, place, {"validate": "list", "source": source, "show_error": False})
    if long:
        choices = workbook.add_worksheet(CHOICES)
        choices.very_hidden()
        for line, labels_of_line in enumerate(zip_longest(*long)):
            for number, label in enumerate(labels_of_line):
                if label is not None:
                    choices.write_string(line, number, label)


def properties_of_day(table: Table) -> dict[str, datetime]:
    return {"created": datetime.combine(table.day, time.min)} if table.day else {}


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
        workbook.set_properties({"title": table.title, "comments": table.about_in_short, **properties_of_day(table)})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        heading = workbook.add_format(HEADING)
        day = workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        sheet = workbook.add_worksheet(table.title)
        sheet.freeze_panes(1, 0)
        prepare_print(sheet, table)
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
        about = workbook.add_worksheet(table.about_title)
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 80)
        for line, (name, value) in enumerate(table.about):
            about.write_string(line, 0, name, heading)
            about.write(line, 1, value, day if isinstance(value, date) else wrapped)
        offer_choices(workbook, sheet, table, last + table.lines_to_fill)
    return target.getvalue()
