"""Matching a list with the register: from the sheets of a file and the answers of a person to a table to import."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import pgettext_lazy

from registry.core import languages
from registry.core.text import text_key
from registry.document import HEADINGS
from registry.files.columns import COLUMNS_BY_KEY, KEY_COLUMN
from registry.files.formats.cells import Cell
from registry.files.formats.csv import unguarded
from registry.files.formats.grids import Grid, Mark
from registry.files.formats.table import Table, refuse
from registry.files.matching.answers import countries_in
from registry.files.matching.chosen_columns import roles_of_columns
from registry.files.matching.entries import ListEntry
from registry.files.matching.interview import Interview
from registry.files.matching.joining import unite_vendors, with_one_name, without_repetitions
from registry.files.matching.questions import FILE, PARTS, SAME, Question, key_of
from registry.files.matching.register_facts import RegisterFacts
from registry.files.matching.register_table import table_of_entries
from registry.files.matching.roles import COUNTRY, DERIVED, GROUND, PERSONAL_DATA, SKIP, STATUS, VENDOR
from registry.files.matching.row_reader import RowReader
from registry.files.matching.table_facts import TableFacts
from registry.files.matching.tables import FoundTable, FoundTables, find_tables
from registry.models import Status


@dataclass
class Matched:
    """A list as the register would have it, with what is asked and what is passed over."""

    table: Table
    interview: Interview
    #: The same for files with the same headings in the same places.
    shape: str
    #: All tables have the columns of the register's own files: blank cells empty what the register has.
    own: bool
    entries: Sequence[ListEntry] = ()
    #: Tables of which no column holds the vendor.
    without_vendor: Sequence[str] = ()
    passed_lines: list[tuple[str, int, str]] = field(default_factory=list)
    passed_columns: list[str] = field(default_factory=list)
    #: What the file says of its lines and cells besides their values.
    marks: Sequence[Mark] = ()


class OpenQuestions(Exception):
    """A list of which something is not understood yet."""

    def __init__(self, matched: Matched) -> None:
        super().__init__(f"{len(matched.interview.open)} questions")
        self.matched = matched


def match(
    grids: Sequence[Grid],
    answers: Mapping[str, str],
    facts: RegisterFacts,
    *,
    needed: Collection[str] = PARTS,
    drafts: Collection[str] | None = None,
) -> Matched:
    """Return the list as the answers have it; guesses hold for what is not answered.

    ``needed``: the parts whose questions have to be answered. ``drafts``: the names of the vendors that are taken, as
    drafts; None for all, as the list has them. Raises ``DocumentProblems`` where nothing in the file can be a table.
    """
    interview = Interview(answers, needed=needed)
    about = {text_key(name) for name in languages.spellings(pgettext_lazy("sheet", "About"))}
    grids = [grid for grid in grids if text_key(grid.name) not in about] or grids
    layout = find_tables(grids, facts.headings, interview)
    if not layout.tables:
        raise refuse("no_heading_row")
    choices = [column for column in COLUMNS_BY_KEY if column not in DERIVED] + [KEY_COLUMN.key]
    columns = [roles_of_columns(table, facts.headings, interview, choices) for table in layout.tables]
    own = all(set(HEADINGS) <= set(roles) for roles in columns)
    if any(KEY_COLUMN.key in roles for roles in columns):  # rows of our own exports
        check_own_export(columns)
        for table in layout.tables:
            table.rows = [(line, [unguarded_cell(cell) for cell in cells]) for line, cells in table.rows]
    passed = [
        heading
        for table, roles in zip(layout.tables, columns, strict=True)
        for heading, role in zip(table.headings, roles, strict=False)
        if role == SKIP and heading
    ]
    entries = read_entries(layout, columns, interview, facts, own=own)
    if not own and SAME in needed:
        with_one_name(entries, interview, facts)
    if drafts is not None:
        entries = as_drafts(entries, drafts)
    entries = without_repetitions(entries, interview)
    if not own:
        unite_vendors(entries, interview)
        fill_in(entries, columns, interview)
    return Matched(
        table_of_entries(entries, facts, own=own),
        interview,
        shape_of(layout.tables),
        own,
        entries,
        [
            " ".join(filter(None, table.headings))
            for table, roles in zip(layout.tables, columns, strict=True)
            if VENDOR not in roles
        ],
        layout.passed,
        list(dict.fromkeys(passed)),
        [mark for grid in grids for mark in grid.marks],
    )


def check_own_export(columns: Sequence[Sequence[str]]) -> None:
    """Refuse an export of ours that lacks a column of the document: what it leaves out would be emptied."""
    for roles in columns:
        for column, heading in HEADINGS.items():
            if column not in roles:
                raise refuse("missing_column", column=str(heading))


def unguarded_cell(cell: Cell) -> Cell:
    """Return a cell without the apostrophe that our exports of text put before what would run as a formula."""
    return unguarded(cell) if isinstance(cell, str) else cell


def read_entries(
    layout: FoundTables,
    columns: Sequence[Sequence[str]],
    interview: Interview,
    facts: RegisterFacts,
    *,
    own: bool,
) -> list[ListEntry]:
    readers = [
        RowReader(TableFacts(table, roles, interview, facts, own=own))
        for table, roles in zip(layout.tables, columns, strict=True)
    ]
    entries = [entry for reader in readers for entry in reader.entries()]
    for reader in readers:
        layout.passed += reader.passed
    return entries


def as_drafts(entries: Sequence[ListEntry], vendors: Collection[str]) -> list[ListEntry]:
    """Return the entries of some vendors as drafts."""
    drafts = [entry for entry in entries if entry.vendor in vendors]
    for entry in drafts:
        entry.values |= {STATUS: Status.DRAFT.value, "vendor_status": Status.DRAFT.value}
    return drafts


def fill_in(entries: Sequence[ListEntry], columns: Sequence[Sequence[str]], interview: Interview) -> None:
    """Ask once for the whole file what no column says; what stays open is an open question of the register."""
    present = {role for roles in columns for role in roles}
    if PERSONAL_DATA not in present:
        said = interview.ask(Question(key_of("all", PERSONAL_DATA), FILE, "all", PERSONAL_DATA, sure=True))
        for entry in entries if said else ():
            entry.values.setdefault(PERSONAL_DATA, said)
    if COUNTRY not in present and not any(entry.countries for entry in entries):
        codes = countries_in(interview.ask(Question(key_of("all", COUNTRY), FILE, "all", COUNTRY)))
        for entry in entries:
            entry.countries += codes
    if GROUND not in present:
        said = interview.ask(Question(key_of("all", GROUND), FILE, "all", GROUND, sure=True))
        for entry in entries if said else ():
            entry.bases.append(said)


def shape_of(tables: Sequence[FoundTable]) -> str:
    """Return a digest of the headings of all tables."""
    headings = "\n\n".join("\n".join(map(text_key, table.headings)) for table in tables)
    return hashlib.sha256(headings.encode()).hexdigest()
