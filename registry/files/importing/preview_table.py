"""The preview of an import as a table to download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.importing.preview import HeadingAndText, Preview, ShownEntry
from registry.files.reports.findings import report_table

#: The longest text of an Excel cell.
LONGEST_PREVIEW_CELL = 32_767


def preview_table(preview: Preview, *, who: str, file_name: str) -> Table:
    headings = [
        (_("What happens"), 14),
        (_("Line"), 8),
        (_("Entry"), 48),
        (_("Field"), 24),
        (_("Before"), 48),
        (_("After"), 48),
        (_("Last changed"), 32),
    ]
    about = [(_("Exported by"), who), (_("File"), file_name), (_("Counts"), preview.summary)]
    return report_table(headings, preview_rows(preview), _("Preview"), about)


def preview_rows(preview: Preview) -> Iterator[list[Cell]]:
    for change in preview.texts:
        yield [_("changed"), None, _("Text of the document"), change.label, change.before, change.after, None]
    for entry in preview.changed:
        yield from change_rows_of(_("changed"), entry)
    for entry in preview.new:
        for text in packed_cells(entry.values):
            yield [_("new"), entry.line, entry.name, "", "", text, None]
        yield from change_rows_of(_("new"), entry)
    for entry in preview.missing:
        yield [_("not in the file"), None, entry.name, "", "", "", None]


def change_rows_of(what: str, entry: ShownEntry) -> Iterator[list[Cell]]:
    for change in entry.changes:
        yield [what, entry.line, entry.name, change.label, change.before, change.after, change.who]


def packed_cells(values: Sequence[HeadingAndText]) -> Iterator[str]:
    """Yield the values in as few cells as possible: one row for each value could exceed the rows of a sheet."""
    lines: list[str] = []
    for heading, text in values:
        line = f"{heading}: {text}"
        if lines and sum(map(len, lines)) + len(lines) + len(line) > LONGEST_PREVIEW_CELL:
            yield "\n".join(lines)
            lines = []
        lines.append(line)
    yield "\n".join(lines)
