"""What a file says, in one shape for all formats: rows of the register, and the document where the file is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from registry.document import (
    ACCEPTED_HEADINGS,
    HEADINGS,
    MESSAGES,
    Document,
    DocumentProblems,
    Problem,
    Row,
    column_of,
    parse,
    read_row,
    repetitions,
)
from registry.exchange.columns import BY_HEADING, BY_KEY, Cell, Column, Unreadable, as_text
from registry.exchange.tables import Table
from registry.text import text_key, unprintable


@dataclass(frozen=True)
class IncomingRow:
    row: Row
    #: Values of further columns that the file has.
    details: Mapping[Column, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Incoming:
    rows: Sequence[IncomingRow]
    #: The whole document, where the file is one: then its order, pages and texts count too.
    document: Document | None = None


def from_document(data: bytes) -> Incoming:
    document = parse(data)
    return Incoming([IncomingRow(row) for row in document.rows], document)


def from_table(table: Table) -> Incoming:
    reader = TableReader(table)
    rows = list(reader.rows())
    problems = [*reader.problems, *repetitions(row.row for row in rows)]
    if problems:
        raise DocumentProblems(problems)
    return Incoming(rows)


class TableReader:
    """Rows of a table, with the same rules as the document's, and the further columns of the full export."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = [column_of(heading) or self.detail(heading) for heading in table.headings]
        self.problems = list(self.heading_problems())
        self.said: dict[tuple[str, Column], tuple[Any, int]] = {}

    def detail(self, heading: str) -> str | None:
        column = BY_HEADING.get(text_key(heading))
        return column.key if column else None

    def heading_problems(self) -> Iterator[Problem]:
        for number, (heading, column) in enumerate(zip(self.table.headings, self.columns, strict=True)):
            if column is None:
                yield Problem(1, "unknown_column", {"heading": heading, "accepted": ACCEPTED_HEADINGS})
            elif column in self.columns[:number]:
                yield Problem(1, "repeated_column", {"column": heading, "heading": heading}, column)
        for column, heading_ in HEADINGS.items():
            if column not in self.columns:
                yield Problem(1, "missing_column", {"column": str(heading_)}, column)

    def rows(self) -> Iterator[IncomingRow]:
        width = len(self.columns)
        for line, cells in self.table.rows:
            if any(as_text(cell) for cell in cells[width:]):
                self.problems.append(Problem(line, "wrong_number_of_cells", {"expected": width, "found": len(cells)}))
                continue
            by_column = dict(zip(self.columns, [*cells, *[None] * width], strict=False))
            row, problems = read_row(line, {key: as_text(by_column[key]) for key in HEADINGS if key in by_column})
            self.problems += problems
            yield IncomingRow(row, dict(self.details(line, by_column, row.vendor)))

    def details(self, line: int, cells: Mapping[str | None, Cell], vendor: str) -> Iterator[tuple[Column, Any]]:
        for key, cell in cells.items():
            if key is None or key in HEADINGS:
                continue
            column = BY_KEY[key]
            try:
                value = column.kind.read(self.printable(cell))
            except Unreadable as error:
                params = {"column": column.heading, "why": str(error)}
                self.problems.append(Problem(line, "invalid_value", params, key))
                continue
            if column.of_vendor:
                self.one_voice(line, column, value, vendor)
            yield column, value

    def printable(self, cell: Cell) -> Cell:
        character = unprintable(as_text(cell))
        if character:
            words = {"number": f"{ord(character):04X}"}
            raise Unreadable(gettext(MESSAGES["unprintable_in_text"]) % words)
        return cell

    def one_voice(self, line: int, column: Column, value: Any, vendor: str) -> None:
        """What rows say of the same vendor must agree."""
        other, first = self.said.setdefault((text_key(vendor), column), (value, line))
        if other != value:
            params = {"column": column.heading, "value": value, "other": other, "earlier": first}
            self.problems.append(Problem(line, "conflict", params, column.key))
