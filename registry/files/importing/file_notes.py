"""What a preview says about a file besides its rows, in the active language: what was passed over, hidden or struck."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.formats.cells import column_letters
from registry.files.formats.grids import Mark
from registry.files.import_content import ImportContent

#: How many lines, cells or texts a note names.
MOST_NAMED = 20


def file_notes(content: ImportContent) -> list[str]:
    """Return a sentence for each kind of mark in a file whose rows are not consumed yet."""
    by_code: dict[str, list[Mark]] = {}
    for mark in content.marks:
        by_code.setdefault(mark.code, []).append(mark)
    empty = [] if content.rows else [_("The file holds no rows.")]
    return empty + [text for code, note in NOTES.items() if code in by_code for text in note(by_code[code])]


def lines_in_words(marks: Sequence[Mark]) -> str:
    """Return "line 3", or "lines 3, 4, 7"."""
    lines = list(dict.fromkeys(mark.line for mark in marks))
    return ngettext("line %(lines)s", "lines %(lines)s", len(lines)) % {"lines": listed(list(map(str, lines)))}


def names_of_cells(marks: Sequence[Mark]) -> str:
    return listed([cell_name(mark) for mark in marks])


def cell_name(mark: Mark) -> str:
    return f"{column_letters((mark.place or 0) + 1)}{mark.line}"


def listed(names: Sequence[str]) -> str:
    first = ", ".join(islice(names, MOST_NAMED))
    further = len(names) - MOST_NAMED
    return first if further <= 0 else _("%(names)s and %(count)s more") % {"names": first, "count": further}


def with_lines(template: str, marks: Sequence[Mark]) -> str:
    text = template % {"lines": lines_in_words(marks), "cells": names_of_cells(marks)}
    return text[:1].upper() + text[1:]


def read_as_note(marks: Sequence[Mark]) -> Iterator[str]:
    yield _("The content of the file is not what its name says. It was read as %(format)s.") % {
        "format": FORMATS_BY_CODE[marks[0].text].title
    }


def old_workbook_note(_marks: Sequence[Mark]) -> Iterator[str]:
    yield _(
        "The file is of the old Excel format (.xls), of which only the values are read: errors of formulas come in as"
        " empty cells, and hidden rows, struck-out text and comments are not recognised."
    )


def list_read_note(marks: Sequence[Mark]) -> Iterator[str]:
    yield _("The list “%(name)s” was read; what stands beside it in the file was not.") % {"name": marks[0].text}


def other_sheets_note(marks: Sequence[Mark]) -> Iterator[str]:
    yield _("Other sheets were not read: %(names)s.") % {"names": listed([f"“{mark.text}”" for mark in marks])}


def headings_note(marks: Sequence[Mark]) -> Iterator[str]:
    texts = listed([f"“{mark.text}”" for mark in marks])
    yield _("These headings were taken as those of the register without their additions: %(texts)s.") % {"texts": texts}


def passed_over_note(marks: Sequence[Mark]) -> Iterator[str]:
    texts = listed([f"{mark.line} “{mark.text}”" for mark in marks])
    yield _("These lines are not rows of the table, and were passed over: %(texts)s.") % {"texts": texts}


def hidden_rows_note(marks: Sequence[Mark]) -> Iterator[str]:
    yield with_lines(
        ngettext(
            "%(lines)s is hidden in the file, for example by a filter; it is taken like the others.",
            "%(lines)s are hidden in the file, for example by a filter; they are taken like the others.",
            len(marks),
        ),
        marks,
    )


def hidden_columns_note(marks: Sequence[Mark]) -> Iterator[str]:
    letters = listed([column_letters((mark.place or 0) + 1) for mark in marks])
    yield _("Columns that are hidden in the file are taken like the others: %(columns)s.") % {"columns": letters}


def struck_out_note(marks: Sequence[Mark]) -> Iterator[str]:
    rows = [mark for mark in marks if mark.place is None]
    lines = {mark.line for mark in rows}
    cells = [mark for mark in marks if mark.line not in lines]
    if rows:
        yield with_lines(
            ngettext(
                "%(lines)s is struck out in the file: it comes in like the others; change its status if it is no"
                " longer used.",
                "%(lines)s are struck out in the file: they come in like the others; change their status if they are"
                " no longer used.",
                len(rows),
            ),
            rows,
        )
    if cells:
        yield with_lines(_("Text that is struck out in the file is taken as it is: %(cells)s."), cells)


def comments_note(marks: Sequence[Mark]) -> Iterator[str]:
    yield with_lines(_("Comments are not taken: %(cells)s."), marks)


def merged_note(marks: Sequence[Mark]) -> Iterator[str]:
    ranges = listed(list(dict.fromkeys(mark.text for mark in marks)))
    yield _("The value of merged cells counts for each line that they cover: %(ranges)s.") % {"ranges": ranges}


def misread_text_note(marks: Sequence[Mark]) -> Iterator[str]:
    texts = listed(list(dict.fromkeys(f"{mark.line} “{mark.text}”" for mark in marks)))
    yield _("Text that was once read with the wrong encoding is put right: %(texts)s.") % {"texts": texts}


def suspect_text_note(marks: Sequence[Mark]) -> Iterator[str]:
    texts = listed(list(dict.fromkeys(f"{mark.line} “{mark.text}”" for mark in marks)))
    yield _(
        "Text that looks as if it was once read with the wrong encoding is taken as it stands: %(texts)s. If it is"
        " wrong, save the list again as UTF-8 from the program that it comes from."
    ) % {"texts": texts}


#: By the code of a mark, in the order in which they are said.
NOTES: Mapping[str, Callable[[Sequence[Mark]], Iterator[str]]] = {
    "read_as": read_as_note,
    "old_workbook": old_workbook_note,
    "list_read": list_read_note,
    "other_sheet": other_sheets_note,
    "heading": headings_note,
    "passed_over": passed_over_note,
    "hidden_row": hidden_rows_note,
    "hidden_column": hidden_columns_note,
    "struck_out": struck_out_note,
    "merged": merged_note,
    "comment": comments_note,
    "misread_text": misread_text_note,
    "suspect_text": suspect_text_note,
}
