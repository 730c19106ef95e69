"""An edition as a workbook. It has no keys of rows: it is no export of the register that comes back."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from registry.editions.content import EditionContent
from registry.editions.forms.statements import (
    dated_title_of,
    how_to_check,
    pairs,
    proof,
    publication,
    short_proof,
)
from registry.files.columns import COLUMNS_BY_KEY
from registry.files.formats.table import CellTooLong, Table
from registry.files.formats.xlsx_writing import write_xlsx
from registry.papers.rendering import PaperNotWritten

#: Characters that a cell of a workbook holds.
LONGEST_CELL = 32_767
USUAL_WIDTH = 20


def edition_workbook(content: EditionContent) -> bytes:
    """Return the edition as a workbook. Raises ``PaperNotWritten`` where a text is too long for a cell."""
    about = list(about_edition(content))
    for name, text in about:
        if len(text) > LONGEST_CELL:
            raise too_long(name)
    table = Table(
        headings=[column.heading for column in content.columns],
        rows=enumerate((row.cells for row in content.rows), start=2),
        widths=[width_of(column.key) for column in content.columns],
        title=pgettext("sheet", "Edition"),
        about=about,
        about_title=pgettext("sheet", "About"),
        rows_shown=short_proof(content),
        day=content.day,
    )
    try:
        return write_xlsx(table)
    except CellTooLong as error:
        raise too_long(error.heading, error.line) from error


def about_edition(content: EditionContent) -> Iterator[tuple[str, str]]:
    """Yield the lines of the sheet that says what the workbook is."""
    yield pgettext("of an edition", "Title"), dated_title_of(content)
    yield from pairs([*publication(content), *proof(content)])
    texts = {
        pgettext("of an edition", "Heading"): content.heading,
        pgettext("of an edition", "Introduction"): content.introduction,
        pgettext("of an edition", "Closing"): content.closing,
    }
    yield from ((name, text) for name, text in texts.items() if text)
    for vendor in content.vendors_without_activity:
        yield _("Vendor without an activity: an open question"), vendor
    for paragraph in how_to_check(content):
        yield pgettext("of an edition", "How this edition is checked"), paragraph


def width_of(key: str) -> int:
    column = COLUMNS_BY_KEY.get(key)
    return column.width if column else USUAL_WIDTH


def too_long(name: str, line: int = 0) -> PaperNotWritten:
    place = _("line %(line)s, %(name)s") % {"line": line, "name": name} if line else name
    return PaperNotWritten(
        _("A text is too long for a cell of Excel (%(place)s). Shorten it in the register.") % {"place": place}
    )
