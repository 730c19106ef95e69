"""The change log on its way out: a row for each field that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.files.formats.cells import Cell
from registry.files.formats.csv import separated_writer
from registry.files.formats.table import Table
from registry.files.formats.xlsx_writing import write_xlsx
from registry.history.entry_changes import EntryChange
from registry.history.log import ChangeLog
from registry.history.logged_change_sets import LoggedChangeSet
from registry.models import head_digest

#: What an Excel sheet can hold: rows below the headings, and characters in a cell.
EXCEL_MOST_ROWS = 1_048_575
EXCEL_LONGEST_CELL = 32_767


class TooManyRows(ValueError):
    """More than an Excel sheet can hold."""


@dataclass(frozen=True)
class ReportFormat:
    title: str
    extension: str
    content_type: str
    write: Callable[[Table], bytes]


def write_sheet(table: Table) -> bytes:
    rows = ((line, [fit_in_cell(cell) for cell in cells]) for line, cells in at_most_rows(table.rows, EXCEL_MOST_ROWS))
    return write_xlsx(Table(table.headings, rows, table.widths, table.title, table.about))


def at_most_rows(rows: Iterable[Any], limit: int) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number == limit:
            raise TooManyRows
        yield row


def fit_in_cell(cell: Cell) -> Cell:
    """Excel holds no longer text, and XlsxWriter would leave the cell empty; CSV has all of it."""
    if not isinstance(cell, str) or len(cell) <= EXCEL_LONGEST_CELL:
        return cell
    note = " … " + _("[cut here, %(count)s characters in all: the CSV has them]") % {"count": len(cell)}
    return cell[: EXCEL_LONGEST_CELL - len(note)] + note


CHANGE_LOG_FORMATS = {
    "xlsx": ReportFormat(
        "Excel (xlsx)",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write_sheet,
    ),
    "csv": ReportFormat("CSV", "csv", "text/csv; charset=utf-8", separated_writer(",")),
}


def change_log_table(log: ChangeLog, *, who: str, rows_shown: str) -> Table:
    """The rows are read as they are written: however many there are, few are held at a time."""
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
    ]
    return Table(
        headings=[heading for heading, _width in headings],
        widths=[width for _heading, width in headings],
        rows=enumerate(change_log_rows(log), start=2),
        title=_("Change log"),
        about=list(about_change_log(log, who, rows_shown)),
    )


def about_change_log(log: ChangeLog, who: str, rows_shown: str) -> Iterator[tuple[str, Cell]]:
    yield _("Exported by"), who
    yield _("Exported at"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    yield _("Rows shown"), rows_shown or _("all")
    yield _("Kinds of entry that the reader may see"), ", ".join(str(m._meta.verbose_name) for m in log.reader.models)
    yield _("Head of the history (digest)"), head_digest()


def change_log_rows(log: ChangeLog) -> Iterator[list[Cell]]:
    for act in log.everything():
        of_act = change_set_cells(act, people=log.reader.people)
        for of_change in change_rows(act):
            yield [*of_act, *of_change]


def change_set_cells(act: LoggedChangeSet, *, people: bool) -> list[Cell]:
    change = act.change_set
    return [
        change.pk,
        timezone.localtime(change.created_at).strftime("%Y-%m-%d %H:%M:%S"),
        change.user_name,
        change.get_source_display(),
        *([change.address] if people else []),
        change.reason,
        "; ".join(f"{name}: {value}" for name, value in details_of(act)),
    ]


def details_of(act: LoggedChangeSet) -> Iterator[tuple[str, Any]]:
    yield from act.details
    if act.hidden:
        yield _("entries that the reader may not see"), act.hidden


def change_rows(act: LoggedChangeSet) -> Iterator[list[Cell]]:
    """One row for each field; one, too, for an entry and for an act without any."""
    for entry in act.entries:
        yield from entry_rows(entry)
    for note in act.notes:
        yield [_("users, groups and rights"), note["entry"], "", "", note["field"], note["before"], note["after"]]
    if not act.total:
        yield [""] * 7


def entry_rows(entry: EntryChange) -> Iterator[list[Cell]]:
    own: list[Cell] = [capfirst(entry.model_name), entry.name, entry.action, entry.root[1] if entry.root else ""]
    for field in entry.fields:
        yield [*own, capfirst(field.label), field.before, field.after]
    if not entry.fields:
        yield [*own, "", "", ""]
