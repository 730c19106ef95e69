"""What a sheet says of its rows and cells besides their values, in one shape for all workbooks. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from registry.files.formats.cells import Cell, column_letters
from registry.files.formats.grids import Mark, is_blank

#: Struck-out cells and comments of a sheet that are told; of more, none or the first.
MOST_STRUCK, MOST_COMMENTS = 200_000, 2_000
#: Ranges of merged cells of a sheet whose value is repeated.
MOST_MERGED = 20_000


@dataclass(frozen=True)
class MergedRange:
    """Merged cells: lines are 1-based, places are indexes; the last ones are included."""

    first_line: int
    first_place: int
    last_line: int
    last_place: int

    def __str__(self) -> str:
        first, last = column_letters(self.first_place + 1), column_letters(self.last_place + 1)
        return f"{first}{self.first_line}:{last}{self.last_line}"


@dataclass
class SheetMarks:
    """What was found in the parts of a workbook about one sheet."""

    hidden_rows: set[int] = field(default_factory=set)
    #: Indexes.
    hidden_columns: list[int] = field(default_factory=list)
    #: The indexes of struck-out cells by line.
    struck: dict[int, set[int]] = field(default_factory=dict)
    merged: list[MergedRange] = field(default_factory=list)
    comments: list[Mark] = field(default_factory=list)

    @property
    def of_sheet(self) -> list[Mark]:
        """Return the marks that do not depend on the rows."""
        return [*(Mark("hidden_column", 0, place) for place in self.hidden_columns), *self.comments]

    def note(
        self, rows: Iterable[tuple[int, Sequence[Cell]]], marks: list[Mark]
    ) -> Iterable[tuple[int, Sequence[Cell]]]:
        """Return the rows with the values of merged cells. Marks are added as the filled rows are read."""
        marks += self.of_sheet
        if self.merged:
            rows = self.with_merged(rows, marks)
        return self.with_marks(rows, marks) if self.hidden_rows or self.struck else rows

    def with_merged(
        self, rows: Iterable[tuple[int, Sequence[Cell]]], marks: list[Mark]
    ) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield the rows; on those that hold something, merged cells from the lines above repeat their value."""
        waiting = sorted(self.merged, key=lambda each: (each.first_line, each.first_place), reverse=True)
        covering: list[tuple[MergedRange, Cell]] = []
        for line, cells in rows:
            covering = [each for each in covering if each[0].last_line >= line]
            is_filled = covering and not all(map(is_blank, cells))
            filled = filled_in(line, cells, covering, marks) if is_filled else cells
            while waiting and waiting[-1].first_line <= line:
                found = waiting.pop()
                value = filled[found.first_place] if found.first_place < len(filled) else None
                if found.first_line == line and not is_blank(value):
                    covering.append((found, value))
            yield line, filled

    def with_marks(
        self, rows: Iterable[tuple[int, Sequence[Cell]]], marks: list[Mark]
    ) -> Iterator[tuple[int, Sequence[Cell]]]:
        for line, cells in rows:
            if line in self.hidden_rows or line in self.struck:
                filled = {place for place, cell in enumerate(cells) if not is_blank(cell)}
                if filled and line in self.hidden_rows:
                    marks.append(Mark("hidden_row", line))
                struck = filled & self.struck.get(line, set())
                places = [None] if struck and struck == filled else sorted(struck)
                marks += (Mark("struck_out", line, place) for place in places)
            yield line, cells


def filled_in(
    line: int, cells: Sequence[Cell], covering: Sequence[tuple[MergedRange, Cell]], marks: list[Mark]
) -> list[Cell]:
    """Return the cells with the values of merged ones from lines above, and mark those."""
    width = max(found.first_place for found, _value in covering) + 1
    filled = [*cells, *[None] * (width - len(cells))]
    for found, value in covering:
        if is_blank(filled[found.first_place]):
            filled[found.first_place] = value
            marks.append(Mark("merged", line, found.first_place, str(found)))
    return filled
