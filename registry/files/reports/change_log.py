"""Exporting the change log: a row for each field that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from registry.files.formats.cells import Cell
from registry.files.formats.csv import separated_writer
from registry.files.formats.table import Table
from registry.files.formats.xlsx_writing import write_xlsx
from registry.history.entry_changes import EntryChange
from registry.history.log import ChangeLog
from registry.history.logged_change_sets import LoggedChangeSet
from registry.models import ChangeSet, head_digest

#: Limits of an Excel sheet: rows below the headings, and characters in a cell.
EXCEL_MOST_ROWS = 1_048_575
EXCEL_LONGEST_CELL = 32_767


class TooManyRows(ValueError):
    """More rows than an Excel sheet can contain."""


@dataclass(frozen=True)
class ReportFormat:
    title: str
    extension: str
    content_type: str
    write: Callable[[Table], bytes]


def log_workbook(table: Table) -> bytes:
    rows = ((line, [fit_in_cell(cell) for cell in cells]) for line, cells in at_most_rows(table.rows, EXCEL_MOST_ROWS))
    return write_xlsx(replace(table, rows=rows))


def at_most_rows[Row](rows: Iterable[Row], limit: int) -> Iterator[Row]:
    """Yield the rows. Raises ``TooManyRows`` if there are more than ``limit``."""
    for number, row in enumerate(rows):
        if number == limit:
            raise TooManyRows
        yield row


def fit_in_cell(cell: Cell) -> Cell:
    """Return a text cut to the length that Excel allows; XlsxWriter would leave the cell empty. CSV is not cut."""
    if not isinstance(cell, str) or len(cell) <= EXCEL_LONGEST_CELL:
        return cell
    note = " … " + _("[cut here, %(count)s characters in all: the CSV has them]") % {"count": len(cell)}
    return cell[: EXCEL_LONGEST_CELL - len(note)] + note


CHANGE_LOG_FORMATS = {
    "xlsx": ReportFormat(
        "Excel (xlsx)",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        log_workbook,
    ),
    "csv": ReportFormat("CSV", "csv", "text/csv; charset=utf-8", separated_writer(",")),
}


def change_log_table(log: ChangeLog, *, who: str, rows_shown: str) -> Table:
    """Return the change log as a table. Rows are read while they are written, to bound memory."""
    people = log.reader.people
    headings = [
        (_("Change set"), 10),
        (_("When"), 20),
        (_("Who"), 24),
        (_("By way of"), 14),
        *([(_("From where"), 18)] if people else []),
        (_("Reason"), 40),
        (_("Details"), 30),
        (_("Kind of entry"), 22),
        (_("Entry"), 40),
        (_("What happened"), 12),
        (_("Vendor"), 28),
        (_("Field"), 22),
        (_("Before"), 48),
        (_("After"), 48),
        (_("Reasons added later"), 40),
    ]
    return Table(
        headings=[heading for heading, _width in headings],
        widths=[width for _heading, width in headings],
        rows=enumerate(change_log_rows(log), start=2),
        title=_("Change log"),
        about=list(about_change_log(log, who, rows_shown)),
        about_title=pgettext("sheet", "About"),
    )


def about_change_log(log: ChangeLog, who: str, rows_shown: str) -> Iterator[tuple[str, Cell]]:
    yield _("Exported by"), who
    yield _("Exported at"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    yield _("Rows shown"), rows_shown or _("all")
    yield _("Kinds of entry that the reader may see"), ", ".join(str(m._meta.verbose_name) for m in log.reader.models)
    yield _("Head of the history (digest)"), head_digest()


def change_log_rows(log: ChangeLog) -> Iterator[list[Cell]]:
    for logged in log.everything():
        change_set_values = change_set_cells(logged, people=log.reader.people)
        added = logged.change_set.added_reasons.all()
        added_later = "\n".join(added_reason_text(each.change_set) for each in added)
        for change_values in change_rows(logged):
            yield [*change_set_values, *change_values, added_later]


def change_set_cells(logged: LoggedChangeSet, *, people: bool) -> list[Cell]:
    change_set = logged.change_set
    return [
        change_set.pk,
        timezone.localtime(change_set.created_at).strftime("%Y-%m-%d %H:%M:%S"),
        change_set.user_name,
        change_set.get_source_display(),
        *([change_set.address] if people else []),
        change_set.shown_reason,
        "; ".join(f"{name}: {value}" for name, value in details_of(logged)),
    ]


def added_reason_text(note: ChangeSet) -> str:
    return f"{timezone.localtime(note.created_at):%Y-%m-%d} {note.user_name}: {note.reason}"


def details_of(logged: LoggedChangeSet) -> Iterator[tuple[str, object]]:
    yield from logged.details
    if logged.hidden:
        yield _("entries that the reader may not see"), logged.hidden


def change_rows(logged: LoggedChangeSet) -> Iterator[list[Cell]]:
    """Yield a row for each field; an entry without fields, or a change set without entries, has one row too."""
    for entry in logged.entries:
        yield from entry_rows(entry)
    for note in logged.notes:
        yield [_("users, groups and rights"), note["entry"], "", "", note["field"], note["before"], note["after"]]
    if not logged.total:
        yield [""] * 7


def entry_rows(entry: EntryChange) -> Iterator[list[Cell]]:
    own: list[Cell] = [capfirst(entry.model_name), entry.name, entry.action, entry.root[1] if entry.root else ""]
    for field in entry.fields:
        yield [*own, capfirst(field.label), field.before, field.after]
    if not entry.fields:
        yield [*own, "", "", ""]
