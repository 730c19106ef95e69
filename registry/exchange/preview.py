"""What an import would do, as a table to take along."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from registry.exchange.findings import table
from registry.exchange.kinds import Cell
from registry.exchange.planned import EntryPlan, Plan
from registry.exchange.tables import Table


def preview_table(plan: Plan, *, who: str, file_name: str) -> Table:
    headings = [
        (_("What happens"), 14),
        (_("Line"), 8),
        (_("Entry"), 48),
        (_("Field"), 24),
        (_("Before"), 48),
        (_("After"), 48),
    ]
    about = [(_("Exported by"), who), (_("File"), file_name), (_("Counts"), plan.summary)]
    return table(headings, rows(plan), _("Preview"), about)


def rows(plan: Plan) -> Iterator[list[Cell]]:
    for change in plan.texts:
        yield [_("changed"), None, _("Text of the document"), change.label, change.before, change.after]
    for entry in plan.changed:
        yield from of_entry(_("changed"), entry)
    for entry in plan.new:
        yield from of_entry(_("new"), entry)
    for activity in plan.missing:
        yield [_("not in the file"), None, str(activity), "", "", ""]


def of_entry(what: str, entry: EntryPlan) -> Iterator[list[Cell]]:
    for change in entry.changes:
        yield [what, entry.line, entry.name, change.label, change.before, change.after]
    if not entry.changes:
        yield [what, entry.line, entry.name, "", "", ""]
