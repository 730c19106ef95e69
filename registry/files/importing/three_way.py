"""Comparing a file that left the register with the state that it left, so that only what was edited in it changes.

A cell is taken from the file only where it differs from that state. What others changed since stays; where both changed
a cell, a person has to choose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from registry.core import days
from registry.core.text import text_key
from registry.document import legal_ground
from registry.files.batches import BatchContext
from registry.files.columns import DOCUMENT_COLUMNS, TRANSFER_COLUMN, Column
from registry.files.export import table_rows
from registry.files.formats.table import Table
from registry.files.import_content import ImportContent, ImportRow
from registry.files.import_rows import TableReader
from registry.files.nested import nested_text
from registry.files.row_keys import ExportedState, exported_states
from registry.history.recording import history_of
from registry.history.time_travel import as_at
from registry.models import ProcessingActivity, Vendor, VendorName

KEEP, TAKE = "keep", "take"
GROUND = "legal_ground"
#: More states than this in one file are compared with today.
MOST_STATES = 10


@dataclass(frozen=True)
class ChangeByOthers:
    """A cell that others changed since the file left. ``in_file`` is None where the file did not change it."""

    line: int
    entry: str
    heading: str
    before: str
    now: str
    in_file: str | None
    who: str
    #: Names a conflict: the same one again has the same name.
    key: str = ""


class OpenConflicts(Exception):
    """Cells that the file and somebody else changed, for which nobody has chosen yet."""

    def __init__(self, conflicts: Sequence[ChangeByOthers]) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts


@dataclass
class StateComparison:
    """What a file says, beside the states that it left and today's."""

    rows: list[ImportRow] = field(default_factory=list)
    #: What others changed and the file did not: it stays.
    kept: list[ChangeByOthers] = field(default_factory=list)
    conflicts: list[ChangeByOthers] = field(default_factory=list)
    #: New names of vendors, by key.
    renames: dict[int, str] = field(default_factory=dict)
    #: The lines on which a vendor has another new name than on other lines, with both names.
    two_names: list[tuple[int, str, str]] = field(default_factory=list)
    #: The activities that may be ended where the file does not have them; None for a file without a known state.
    may_end: frozenset[int] | None = None
    #: What the export left out, in words; empty where it held the whole register.
    left_out: str = ""


def compare_with_states(
    content: ImportContent, choices: Mapping[str, str], otherwise: str = ""
) -> StateComparison | None:
    """Return the comparison, None where no row says which state it shows. Raises ``OpenConflicts``.

    ``choices`` says by the key of a conflict whether today's value is kept or that of the file taken; ``otherwise``
    holds for the rest.
    """
    states = exported_states({row.key.token for row in content.rows if row.key is not None})
    if not states or len(states) > MOST_STATES:
        return None
    comparison = StateComparison()
    StateReader(content, states, choices, otherwise, comparison).read()
    if comparison.conflicts:
        raise OpenConflicts(comparison.conflicts)
    return comparison


class StateReader:
    """Compares the rows of one file."""

    def __init__(
        self,
        content: ImportContent,
        states: Mapping[str, ExportedState],
        choices: Mapping[str, str],
        otherwise: str,
        comparison: StateComparison,
    ) -> None:
        self.content, self.states, self.comparison = content, states, comparison
        self.choices, self.otherwise = choices, otherwise
        self.columns: Sequence[Column] = next((row.columns for row in content.rows), ())

    def read(self) -> None:
        keys = self.keys_of_rows()
        by_token: dict[str, list[int]] = {}
        for activity, token in keys.values():
            by_token.setdefault(token, []).append(activity)
        before: dict[tuple[int, str], ImportRow] = {}
        for token, activities in by_token.items():
            rows = rows_at(self.states[token].change_set, activities, self.columns)
            before |= {(activity, token): row for activity, row in rows.items()}
        today = rows_at(None, [activity for activity, _token in keys.values()], self.columns)
        oldest = min(self.states[token].change_set for token in by_token) if by_token else 0
        self.authors = last_authors(today, oldest)
        vendors = VendorNames(today)
        for row in self.content.rows:
            key = keys.get(row.row.line)
            base = before.get(key) if key else None
            if key is None or base is None:
                self.comparison.rows.append(row)
                continue
            vendors.note(key[0], base, row)
            self.compare(key[0], row, base, today.get(key[0]))
        self.comparison.renames, self.comparison.two_names = vendors.renames()
        self.read_what_may_end(by_token)

    def keys_of_rows(self) -> dict[int, tuple[int, str]]:
        """Return activity and token by line. A row that was copied within the file is a new one."""
        keys: dict[int, tuple[int, str]] = {}
        seen: set[int] = set()
        for row in self.content.rows:
            if row.key is not None and row.key.token in self.states and row.key.activity not in seen:
                seen.add(row.key.activity)
                keys[row.row.line] = (row.key.activity, row.key.token)
        return keys

    def compare(self, activity: int, row: ImportRow, base: ImportRow, now: ImportRow | None) -> None:
        """Add the row with the cells that hold, unless the activity is gone and the file did not change it."""
        in_file, before = cells_of_row(row), cells_of_row(base)
        if now is None:
            edited = [name for name in in_file if in_file[name] != before[name]]
            gone = ChangeByOthers(row.row.line, entry_name(row), _("Entry"), entry_name(base), _("deleted"), None, "")
            if not edited:
                self.comparison.kept.append(gone)
            elif self.chosen(replace(gone, in_file=entry_name(row), key=conflict_key(activity, "", in_file))) == TAKE:
                self.comparison.rows.append(row)
            return
        today, merged = cells_of_row(now), {}
        for name, text in in_file.items():
            merged[name] = text
            if today[name] == before[name] or today[name] == text:
                continue
            difference = ChangeByOthers(
                row.row.line,
                entry_name(now),
                self.heading(name),
                value_in_words(before[name]),
                value_in_words(today[name]),
                None,
                self.authors.get((activity, self.is_of_vendor(name)), ""),
            )
            if text == before[name]:
                merged[name] = today[name]
                self.comparison.kept.append(difference)
                continue
            key = conflict_key(activity, name, (before[name], today[name], text))
            if self.chosen(replace(difference, in_file=value_in_words(text), key=key)) != TAKE:
                merged[name] = today[name]
        self.comparison.rows.append(with_cells(row, merged, activity))

    def chosen(self, conflict: ChangeByOthers) -> str:
        """Return what was chosen for a conflict; note it where nothing was."""
        choice = self.choices.get(conflict.key) or self.otherwise
        if choice not in (KEEP, TAKE):
            self.comparison.conflicts.append(conflict)
        return choice

    def heading(self, name: str) -> str:
        columns = {column.key: column for column in (*DOCUMENT_COLUMNS, *self.columns)}
        return columns[name].heading

    def is_of_vendor(self, name: str) -> bool:
        return name == "vendor" or any(column.key == name and column.of_vendor for column in self.columns)

    def read_what_may_end(self, by_token: Mapping[str, Sequence[int]]) -> None:
        states = [self.states[token] for token in by_token]
        whole = len(states) == 1 and states[0].whole
        self.comparison.may_end = active_at(states[0].change_set) if whole else frozenset()
        if not whole:
            self.comparison.left_out = "; ".join(dict.fromkeys(state.rows for state in states)) or _("some rows")


class VendorNames:
    """Tells a vendor that was renamed in the file from activities that were moved to another one."""

    def __init__(self, today: Mapping[int, ImportRow]) -> None:
        rows = ProcessingActivity.objects.filter(pk__among=list(today)).values_list("pk", "vendor_id")
        self.vendors = dict(rows.order_by())
        self.names: dict[int, dict[str, int]] = {}
        names = (*Vendor.objects.order_by().values_list("name"), *VendorName.objects.order_by().values_list("name"))
        self.known = {text_key(name) for (name,) in names}

    def note(self, activity: int, base: ImportRow, row: ImportRow) -> None:
        vendor = self.vendors.get(activity)
        if vendor is not None:
            name = "" if row.row.vendor == base.row.vendor else row.row.vendor
            self.names.setdefault(vendor, {}).setdefault(name, row.row.line)

    def renames(self) -> tuple[dict[int, str], list[tuple[int, str, str]]]:
        """Return the new names by vendor, and the lines on which a vendor has another name than on others."""
        renamed: dict[int, str] = {}
        two_names: list[tuple[int, str, str]] = []
        for vendor, names in self.names.items():
            new = {name: line for name, line in names.items() if name and text_key(name) not in self.known}
            if not new:
                continue
            if len(names) == 1:
                renamed[vendor] = next(iter(new))
                continue
            current = Vendor.objects.values_list("name", flat=True).get(pk=vendor)
            other = next((name or current) for name in names if name not in new or len(new) > 1)
            two_names += [(line, name, other) for name, line in new.items() if name != other]
        return renamed, two_names


def rows_at(change_set: int | None, activities: Iterable[int], columns: Sequence[Column]) -> dict[int, ImportRow]:
    """Return the rows of activities as a file of that state would have them; None for today's."""
    wanted = [*DOCUMENT_COLUMNS, *columns]
    with as_at(change_set):
        entries = ProcessingActivity.objects.filter(pk__among=list(activities))
        written = dict(table_rows(entries, wanted, BatchContext()))
    table = Table([column.heading for column in wanted], enumerate(written.values(), start=2))
    return dict(zip(written, TableReader(table).rows(), strict=True))


def active_at(change_set: int) -> frozenset[int]:
    with as_at(change_set):
        return frozenset(ProcessingActivity.objects.in_register().order_by().values_list("pk", flat=True))


def last_authors(activities: Iterable[int], since: int) -> dict[tuple[int, bool], str]:
    """Return who last changed each activity, and its vendor (True), after a change set, and when."""
    rows = ProcessingActivity.objects.filter(pk__among=list(activities)).order_by()
    vendors: dict[int, list[int]] = {}
    for activity, vendor in rows.values_list("pk", "vendor_id"):
        vendors.setdefault(vendor, []).append(activity)
    authors: dict[tuple[int, bool], str] = {}
    for model, of_vendor in ((ProcessingActivity, False), (Vendor, True)):
        changes = history_of(model).objects.filter(change_set_id__gt=since).order_by("history_id")
        for key, who, when in changes.values_list("id", "user_name", "history_date"):
            for activity in vendors.get(key, ()) if of_vendor else (key,):
                authors[activity, of_vendor] = f"{who or '–'}, {days.local_minute(when)}"
    return authors


def cells_of_row(row: ImportRow) -> dict[str, object]:
    """Return the cells of a row by column; what is recorded about transfers belongs to the legal ground."""
    details = {column.key: value for column, value in row.details.items()}
    transfers = details.pop(TRANSFER_COLUMN.key, None)
    own = row.row
    return {
        "vendor": own.vendor,
        "purpose": own.purpose,
        "personal_data": own.personal_data,
        "country": own.country,
        GROUND: (own.legal_basis, own.mechanisms, transfers),
        **details,
    }


def with_cells(row: ImportRow, cells: Mapping[str, Any], activity: int) -> ImportRow:
    basis, mechanisms, transfers = cells[GROUND]
    names = ("vendor", "purpose", "personal_data", "country")
    merged = replace(row.row, legal_basis=basis, mechanisms=mechanisms, **{name: cells[name] for name in names})
    values = tuple(transfers if column is TRANSFER_COLUMN else cells[column.key] for column in row.columns)
    return replace(row, row=merged, values=values, activity=activity)


def value_in_words(value: object) -> str:
    if isinstance(value, tuple) and len(value) == 3:
        basis, mechanisms, transfers = value
        lines = str(TRANSFER_COLUMN.type.write(transfers)) if transfers else ""
        return "\n".join(filter(None, (legal_ground(basis, mechanisms), lines)))
    return "" if value is None else nested_text(value) if isinstance(value, str) else str(value)


def conflict_key(activity: int, name: str, values: object) -> str:
    return f"{activity}.{name}.{hashlib.sha256(repr(values).encode()).hexdigest()[:12]}"


def entry_name(row: ImportRow) -> str:
    return f"{row.row.vendor}: {row.row.purpose}"
