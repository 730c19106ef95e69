"""The content of an imported file, in one shape for all formats: rows, and the document if the file is one."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext, pgettext_lazy

from registry.core import languages
from registry.core.progress import READING, with_progress
from registry.core.text import text_key, unprintable
from registry.document import (
    ACCEPTED_HEADINGS,
    HEADINGS,
    MESSAGES,
    Document,
    Problem,
    bare_heading,
    column_of,
    has_all_headings,
    put_right,
    read_row,
    repetitions,
)
from registry.document.problems import bounded, excerpt, stop_at_too_many
from registry.files.cell_types import Unreadable
from registry.files.columns import (
    DERIVED_COLUMNS,
    DETAIL_COLUMNS,
    DETAILS_BY_KEY,
    KEY_COLUMN,
    WITHOUT_ACTIVITY,
    columns_by_heading,
)
from registry.files.formats.cells import Cell, as_text
from registry.files.formats.grids import Mark, is_ditto
from registry.files.formats.table import Fault, Table
from registry.files.import_content import ImportContent, ImportRow, RefusedTable
from registry.files.row_keys import read_key

if TYPE_CHECKING:
    pass

#: The value of a cell that cannot be read.
UNREADABLE = object()
#: Of two headings, from 0 to 1, above which one is suggested for the other.
LEAST_LIKENESS = 0.75
LONGEST_HEADING = 100
#: Shorter texts occur on many rows: each is kept in memory once.
SHARED_LENGTH = 40
DERIVED_KEYS = {column.key for column in DERIVED_COLUMNS}


def import_content(content: Document | Table, marks: Sequence[Mark] = ()) -> ImportContent:
    """Return the content of a document or a table. Raises ``DocumentProblems``.

    ``marks`` are what a document says besides its rows; a table has its own.
    """
    return content_of_table(content) if isinstance(content, Table) else content_of_document(content, marks)


def content_of_document(document: Document, marks: Sequence[Mark]) -> ImportContent:
    return ImportContent([ImportRow(row) for row in document.rows], document, marks=marks)


def content_of_table(table: Table, *, of_others: bool = False) -> ImportContent:
    reader = TableReader(table)
    rows = list(reader.rows())
    problems = [*reader.problems, *bounded(repetitions(row.row for row in rows))]
    if problems:
        raise RefusedTable(problems, rows, of_others=of_others)
    marks = [*reader.marks, *reader.marks_of_file()]
    return ImportContent(rows, ignored=reader.ignored, marks=marks, of_others=of_others)


class TableReader:
    """Reads the rows of a table by the rules of the document, with the additional columns of the full export."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.marks: list[Mark] = []
        #: Whether a problem has named all headings that are accepted.
        self.names_accepted = False
        self.columns = self.columns_of(table.headings)
        self.ignored = [
            heading for heading, key in zip(table.headings, self.columns, strict=True) if key in DERIVED_KEYS
        ]
        self.problems = list(self.heading_problems())
        self.details = [
            DETAILS_BY_KEY[key]
            for key in dict.fromkeys(self.columns)
            if key and key not in HEADINGS and key not in DERIVED_KEYS and key != KEY_COLUMN.key
        ]
        #: Whether the file has what an export of ours has: then its texts are what the register holds.
        self.is_export = KEY_COLUMN.key in self.columns or len(self.details) == len(DETAIL_COLUMNS)
        #: The first row about each vendor.
        self.first_rows: dict[str, ImportRow] = {}
        self.texts: dict[str, str] = {}
        self.unnamed: set[int] = set()

    def columns_of(self, headings: Sequence[str]) -> list[str | None]:
        """Return the key of the column of each heading, None where it is unknown.

        A heading with a number, an asterisk or a remark counts as the one without, unless the file has that one too.
        """
        columns = [self.column(heading) for heading in headings]
        if has_all_headings(headings):
            for place, heading in enumerate(headings):
                column = None if columns[place] else self.column(bare_heading(heading))
                if column and column not in columns:
                    columns[place] = column
                    self.marks.append(Mark("heading", self.table.line, place, excerpt(heading)))
        return columns

    def column(self, heading: str) -> str | None:
        column = columns_by_heading().get(text_key(heading))
        return column_of(heading) or (column.key if column else None)

    def marks_of_file(self) -> Iterator[Mark]:
        """Yield the marks of the file. A line is struck out where its vendor is; our own hidden column is no news."""
        for mark in self.table.marks:
            column = self.columns[mark.place] if mark.place is not None and mark.place < len(self.columns) else None
            if mark.code == "struck_out" and column == "vendor":
                yield replace(mark, place=None)
            elif mark.code == "hidden_column" and column in {None, KEY_COLUMN.key}:
                continue
            elif mark.code != "other_sheet" or mark.text not in languages.spellings(pgettext_lazy("sheet", "About")):
                yield mark

    def heading_problems(self) -> Iterator[Problem]:
        line = self.table.line
        faults = self.table.faults.get(line, {}) if self.table.below_headings else {}
        for number, (heading, column) in enumerate(zip(self.table.headings, self.columns, strict=True)):
            if number in faults:
                yield self.faulty(line, number, faults[number])
            elif column is None and (right := put_right(heading)) != heading:
                yield Problem(line, "misread_column", {"heading": excerpt(heading), "right": excerpt(right)})
            elif column is None and heading.strip():
                yield self.unknown_column(heading)
            elif column is not None and column in self.columns[:number]:
                words = {"column": excerpt(heading), "heading": excerpt(heading)}
                yield Problem(line, "repeated_column", words, column)
        for column, heading_ in HEADINGS.items():
            if column not in self.columns:
                yield Problem(line, "missing_column", {"column": str(heading_)}, column)

    def unknown_column(self, heading: str) -> Problem:
        """Return the problem of an unknown heading: with the nearest one, else the first time with all of them."""
        params = {"heading": excerpt(heading)}
        known = columns_by_heading()
        near = get_close_matches(text_key(heading[:LONGEST_HEADING]), known, n=1, cutoff=LEAST_LIKENESS)
        if near:
            params["nearest"] = known[near[0]].heading
            return Problem(self.table.line, "unknown_column_suggested", params)
        return self.with_accepted("unknown_column", "another_unknown_column", params)

    def with_accepted(self, code: str, code_of_others: str, params: Mapping[str, object]) -> Problem:
        """Return a problem of a heading that names what is accepted; others of the file have a code of their own."""
        if self.names_accepted:
            return Problem(self.table.line, code_of_others, params)
        self.names_accepted = True
        return Problem(self.table.line, code, {**params, "accepted": self.accepted()})

    def accepted(self) -> str:
        return ", ".join([ACCEPTED_HEADINGS, *(languages.all_spellings(column.label) for column in DETAIL_COLUMNS)])

    def faulty(self, line: int, number: int, fault: Fault) -> Problem:
        """Return the problem of a faulty cell; the column is named as in the file, else by its number."""
        heading = excerpt(self.table.headings[number]) if number < len(self.columns) else ""
        column = self.columns[number] if number < len(self.columns) else None
        return Problem(line, fault.code, fault.params, column or heading or str(number + 1))

    def rows(self) -> Iterator[ImportRow]:
        width = len(self.columns)
        for line, cells in with_progress(READING, self.table.rows):
            faults = self.table.faults.get(line, {})
            self.problems += (self.faulty(line, number, fault) for number, fault in faults.items())
            if any(as_text(cell) for cell in cells[width:]):
                last = max(number for number, cell in enumerate(cells, start=1) if as_text(cell))
                self.problems.append(Problem(line, "wrong_number_of_cells", {"expected": width, "found": last}))
                continue
            self.check_unnamed_columns(cells)
            by_column = dict(zip(self.columns, [*cells, *[None] * width], strict=False))
            if says_no_activity(as_text(by_column.get("purpose"))):
                continue
            row, problems = read_row(line, {key: as_text(by_column[key]) for key in HEADINGS if key in by_column})
            problems = [asking_for_norway(problem, by_column.get("country")) for problem in problems]
            faulty_columns = {self.columns[number] for number in faults if number < width}
            self.problems += (problem for problem in problems if problem.column not in faulty_columns)
            self.check_cells(line, cells, by_column)
            key = read_key(as_text(by_column[KEY_COLUMN.key])) if KEY_COLUMN.key in by_column else None
            row_read = ImportRow(row, self.details, tuple(self.values(line, by_column, faulty_columns)), key)
            self.check_vendor_agrees(row_read)
            stop_at_too_many(self.problems)
            yield row_read

    def check_cells(self, line: int, cells: Sequence[Cell], by_column: Mapping[str | None, Cell]) -> None:
        """Report signs for "the same as above", which are no values; mark texts that seem to have been read wrongly."""
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and not cell.isascii() and put_right(cell) != cell:
                self.marks.append(Mark("suspect_text", line, place, excerpt(cell)))
        if self.is_export or not self.first_rows:
            return
        for key in HEADINGS:
            text = by_column.get(key)
            if isinstance(text, str) and is_ditto(text):
                self.problems.append(Problem(line, "ditto_mark", {"value": excerpt(text)}, key))

    def check_unnamed_columns(self, cells: Sequence[Cell]) -> None:
        """Report cells below a missing heading, once a column. Blank columns of spreadsheet programs are allowed."""
        for number, (heading, cell) in enumerate(zip(self.table.headings, cells, strict=False)):
            if not heading.strip() and number not in self.unnamed and as_text(cell):
                self.unnamed.add(number)
                params = {"number": number + 1}
                self.problems.append(self.with_accepted("unnamed_column", "another_unnamed_column", params))

    def values(
        self, line: int, cells: Mapping[str | None, Cell], faulty_columns: Container[str | None]
    ) -> Iterator[object]:
        """Yield the value of each additional column, and report cells that cannot be read."""
        for column in self.details:
            value: object = UNREADABLE
            if column.key not in faulty_columns:
                try:
                    value = column.type.read(self.printable(cells[column.key]))
                except Unreadable as error:
                    params = {"column": column.heading, "why": str(error)}
                    self.problems.append(Problem(line, "invalid_value", params, column.key))
            yield (
                self.texts.setdefault(value, value) if isinstance(value, str) and len(value) < SHARED_LENGTH else value
            )

    def printable(self, cell: Cell) -> Cell:
        character = unprintable(as_text(cell))
        if character:
            words = {"number": f"{ord(character):04X}"}
            raise Unreadable(gettext(MESSAGES["unprintable_in_text"]) % words)
        return cell

    def check_vendor_agrees(self, row_read: ImportRow) -> None:
        """Report a value about a vendor that differs from that of an earlier row."""
        first = self.first_rows.setdefault(text_key(row_read.row.vendor), row_read)
        if first is not row_read and row_read.row.vendor:
            self.problems += vendor_conflicts(first, row_read)


def says_no_activity(purpose: str) -> bool:
    """Return whether a row says that its vendor has no activity, as files of the whole register do."""
    return text_key(purpose) in without_activity(languages.language_codes())


@cache
def without_activity(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(text_key, languages.spellings(WITHOUT_ACTIVITY)))


def asking_for_norway(problem: Problem, country: Cell) -> Problem:
    """Return the problem; for a country that is "false", one that names the likely cause."""
    if problem.column != "country" or not (country is False or text_key(as_text(country)) in {"false", "falskt"}):
        return problem
    value = "false" if country is False else excerpt(as_text(country))
    return Problem(problem.line, "false_country", {"value": value}, "country")


def vendor_conflicts(first: ImportRow, row: ImportRow) -> Iterator[Problem]:
    """Yield the values about the vendor that differ from those of an earlier row about the same vendor."""
    for column, value, other in zip(row.columns, row.values, first.values, strict=True):
        if column.of_vendor and value != other and UNREADABLE not in (value, other):
            params = {
                "column": column.heading,
                "value": excerpt(str(column.type.write(value))),
                "other": excerpt(str(column.type.write(other))),
                "earlier": first.row.line,
            }
            yield Problem(row.row.line, "conflict", params, column.key)
