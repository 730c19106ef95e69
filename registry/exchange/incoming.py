"""What a file says, in one shape for all formats: rows of the register, and the whole document where the file is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.document import Document, DocumentProblems, Problem, Row, RowChecker, check_headings, column_of, parse
from registry.exchange.columns import BY_HEADING, Cell, Column, Unreadable, as_text
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
    return TableReader(table).read()


class TableReader:
    """Rows of a table with the same checks as the document's, and the further columns of the full export."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.problems: list[Problem] = []
        self.checker = RowChecker(self.problems)
        self.own = [column_of(heading) for heading in table.headings]
        self.details = [BY_HEADING.get(text_key(heading)) for heading in table.headings]
        self.said: dict[tuple[str, Column], tuple[Any, int]] = {}

    def read(self) -> Incoming:
        keys = [own or (detail.key if detail else None) for own, detail in zip(self.own, self.details, strict=True)]
        self.problems += check_headings(1, self.table.headings, keys)
        rows = list(self.rows())
        if self.problems:
            raise DocumentProblems(self.problems)
        return Incoming(rows)

    def rows(self) -> Iterator[IncomingRow]:
        for line, cells in self.table.rows:
            if any(as_text(cell) for cell in cells[len(self.own) :]):
                found = {"found": len(cells), "expected": len(self.own)}
                self.problems.append(Problem(line, "cell_count", found))
                continue
            padded = [*cells[: len(self.own)], *[None] * (len(self.own) - len(cells))]
            self.printable(line, padded)
            texts = {own: as_text(cell) for own, cell in zip(self.own, padded, strict=True) if own is not None}
            row = self.checker.row(line, texts)
            details = dict(self.values(line, padded, texts.get("vendor", "")))
            if row is not None:
                yield IncomingRow(row, details)

    def printable(self, line: int, cells: Sequence[Cell]) -> None:
        for cell in cells:
            character = unprintable(cell) if isinstance(cell, str) else None
            if character not in (None, "\r"):
                self.problems.append(Problem(line, "unprintable", {"number": f"{ord(character):04X}"}))

    def values(self, line: int, cells: Sequence[Cell], vendor: str) -> Iterator[tuple[Column, Any]]:
        for column, cell in zip(self.details, cells, strict=True):
            if column is None:
                continue
            try:
                value = column.kind.read(cell)
            except Unreadable as error:
                self.problems.append(Problem(line, "invalid_cell", {"why": f"{column.heading}: {error}"}, column.key))
                continue
            if column.of_vendor:
                self.one_voice(line, column, value, vendor)
            yield column, value

    def one_voice(self, line: int, column: Column, value: Any, vendor: str) -> None:
        """What rows say of the same vendor must agree."""
        other, first = self.said.setdefault((text_key(vendor), column), (value, line))
        if other != value:
            params = {"column": column.heading, "value": value, "other": other, "first": first}
            self.problems.append(Problem(line, "conflict", params, column.key))
