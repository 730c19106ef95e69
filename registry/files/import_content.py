"""What an import reads from a file, whatever its format: the rows, and what the file says besides them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.document import (
    Document,
    DocumentProblems,
    Problem,
    Row,
)
from registry.files.columns import (
    Column,
)
from registry.files.formats.grids import Mark
from registry.files.row_keys import RowKey

if TYPE_CHECKING:
    from registry.files.matching.matching import Matched


@dataclass(frozen=True, slots=True)
class ImportRow:
    row: Row
    #: The columns of the file besides those of the document, and their values.
    columns: Sequence[Column] = ()
    values: Sequence[Any] = ()
    #: The key of a row that an export wrote.
    key: RowKey | None = None
    #: The activity that the row is about, where its key says so, and not its vendor and purpose.
    activity: int | None = None

    @property
    def details(self) -> Mapping[Column, Any]:
        return dict(zip(self.columns, self.values, strict=True))


@dataclass(frozen=True)
class ImportContent:
    rows: list[ImportRow]
    #: The document, if the file is one: its order, pages and texts are imported too.
    document: Document | None = None
    #: Headings of derived columns, which an import ignores.
    ignored: Sequence[str] = ()
    #: What the file says of lines and cells besides their values.
    marks: Sequence[Mark] = ()
    #: A list of somebody else: what it leaves blank it does not say, and what it says is added to the register.
    of_others: bool = False
    #: How the list was matched; None for a file that the strict rules could read.
    matched: Matched | None = None

    def consume(self) -> Iterator[ImportRow]:
        """Yield rows and drop them, to bound memory."""
        self.rows.reverse()
        while self.rows:
            yield self.rows.pop()


#: Problems of headings, after which values of rows are missing.
OF_MISSING_VALUES = {"missing_column", "repeated_column"}


class RefusedTable(DocumentProblems):
    """The problems of a table, with the rows that have none."""

    def __init__(self, problems: Sequence[Problem], rows: Sequence[ImportRow], *, of_others: bool) -> None:
        super().__init__(problems)
        lines = {problem.line for problem in problems}
        sound = [row for row in rows if row.row.line not in lines]
        is_complete = sound and not any(problem.code in OF_MISSING_VALUES for problem in problems)
        #: None where no row, or not all of any row, could be read.
        self.sound = ImportContent(sound, of_others=of_others) if is_complete else None
        self.unread_vendors = [row.row.vendor for row in rows if row.row.line in lines]
