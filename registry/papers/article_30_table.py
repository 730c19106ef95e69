"""The record of Art. 30 as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.reports.findings import about_law, report_table
from registry.papers.article_30 import OF_CONTROLLERS, OF_PROCESSORS, Record, RecordRow, heading, mark, record_cells

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def record_table(record: Record, *, who: str, processors: bool) -> Table:
    """Return the record under Art. 30(1), or under Art. 30(2) for ``processors``."""
    rows, columns = (record.as_processor, OF_PROCESSORS) if processors else (record.as_controller, OF_CONTROLLERS)
    headings = [(heading(letter, name), 36) for letter, name in columns.items()]
    title = _("Art. 30(2)") if processors else _("Art. 30(1)")
    about = [*parties_with_marks(record), *about_law(record.on, who)]
    return report_table([*headings, (_("Not stated"), 14)], cells(rows, columns), title, about)


def cells(rows: Sequence[RecordRow], columns: Mapping[str, StrOrPromise]) -> Iterator[list[Cell]]:
    for texts in record_cells(rows, columns):
        yield list(texts)


def parties_with_marks(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what letter (a) asks for, with a mark where it is missing."""
    for term, text in record.parties:
        yield term, text or (mark("a") if term in record.missing_parties else _("not stated"))
