"""Parsing a file into a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from registry.core.text import clean_text, unprintable, with_line_feeds
from registry.document.cells import Line, read_lines
from registry.document.content import Document, Row
from registry.document.encoding import decode
from registry.document.headings import ACCEPTED_HEADINGS, HEADINGS, column_of
from registry.document.misreading import put_right
from registry.document.problems import DocumentProblems, Problem, bounded, excerpt, stop_at_too_many
from registry.document.rows import read_row, repetitions

DATED_TITLE = re.compile(r"(.*\S)\s+\(([0-9]{4}-[0-9]{2}-[0-9]{2})\)", re.DOTALL)

#: The column of each cell of a heading row, None where the heading is unknown.
Layout = list[str | None]


def parse(data: bytes) -> Document:
    """Parse the bytes of a file. Raises ``DocumentProblems`` with every problem, and nothing else."""
    lines = list(read_lines(decode(data)))
    top = next((index for index, line in enumerate(lines) if _begins_table(line)), None)
    if top is None:
        raise DocumentProblems([Problem(1, "no_heading_row")])
    end = _end_of_table(lines, top)
    problems = [*_malformed(lines), *_several_cells(lines[:top]), *_rows_after_closing(lines[end:])]
    title, dated, heading, introduction = _read_frame(lines[:top], problems)
    pages = _read_table(lines[top:end], problems)
    closing = _read_text(lines[end:], problems)
    if problems:
        raise DocumentProblems(problems)
    return Document(title, dated, heading, introduction, closing, pages)


def _begins_table(line: Line) -> bool:
    return len(line.cells) > 1 and sum(column_of(cell) is not None for cell in line.cells) > 1


def _end_of_table(lines: Sequence[Line], top: int) -> int:
    """Return the index of the line where the closing text begins: a single cell after a blank line."""
    after_blank = False
    for index in range(top + 1, len(lines)):
        filled = lines[index].filled
        if filled == 1 and after_blank:
            return index
        after_blank = not filled
    return len(lines)


def _malformed(lines: Sequence[Line]) -> Iterator[Problem]:
    for line in lines:
        if line.malformed:
            start = next(cell for cell in line.cells if cell.startswith('"'))
            yield Problem(line.number, "malformed_quotes", {"start": excerpt(start)})


# --- the text around the table --------------------------------------------------------------------------------------


def _several_cells(lines: Sequence[Line]) -> Iterator[Problem]:
    for line in lines:
        if line.filled > 1 and not line.malformed:
            yield Problem(line.number, "several_cells_before_headings")


def _rows_after_closing(lines: Sequence[Line]) -> Iterator[Problem]:
    for line in lines:
        if line.filled > 1 and not line.malformed:
            yield Problem(line.number, "row_after_closing", {"closing": lines[0].number})


class Frame(NamedTuple):
    """The texts above the table."""

    title: str
    dated: date | None
    heading: str
    introduction: str


def _read_frame(lines: Sequence[Line], problems: list[Problem]) -> Frame:
    texts = [line for line in lines if line.filled < 2]
    starts = [index for index, line in enumerate(texts) if _joined([line])][:3]
    blocks = [texts[index : index + 1] for index in starts[:2]] + [texts[index:] for index in starts[2:]]
    problems += (_problem(block, "several_lines") for block in blocks[:2] if "\n" in _joined(block))
    title, heading, introduction = [_read_text(block, problems) for block in (*blocks, [], [], [])][:3]
    match = DATED_TITLE.fullmatch(title)
    if not match:
        return Frame(title, None, heading, introduction)
    try:
        return Frame(match[1], date.fromisoformat(match[2]), heading, introduction)
    except ValueError:
        problems.append(_problem(blocks[0], "impossible_date", value=match[2]))
        return Frame(match[1], None, heading, introduction)


def _problem(block: Sequence[Line], code: str, **params: object) -> Problem:
    return Problem(block[0].number, code, params)


def _read_text(lines: Sequence[Line], problems: list[Problem]) -> str:
    for line in lines:
        problems += _text_problems(line)
    return _joined(lines)


def _joined(lines: Sequence[Line]) -> str:
    """Return the lines as one text; blanks within it stay."""
    return clean_text("\n".join(line.text for line in lines))


def _text_problems(line: Line) -> Iterator[Problem]:
    if "\t" in line.text:
        yield Problem(line.number, "tab_in_text")
    if character := unprintable(with_line_feeds(line.text)):
        yield Problem(line.number, "unprintable_in_text", {"number": f"{ord(character):04X}"})


# --- the table ------------------------------------------------------------------------------------------------------


def _read_table(lines: Sequence[Line], problems: list[Problem]) -> tuple[tuple[Row, ...], ...]:
    layout = _read_headings(lines[0], problems)
    pages: list[list[Row]] = [[]]
    for line in lines[1:]:
        if headings := _repeated_headings(line):
            layout = headings
            pages.append([])
        elif line.filled and layout and not line.malformed:
            pages[-1] += _read_cells(line, layout, problems)
            stop_at_too_many(problems)
    problems += bounded(repetitions(row for page in pages for row in page))
    return tuple(tuple(page) for page in pages if page)


def _read_headings(line: Line, problems: list[Problem]) -> Layout:
    """Return the layout, empty where the line cannot be read: then the rows below it are not checked."""
    if line.malformed:
        return []
    layout: Layout = []
    for number, heading in enumerate(line.cells[: line.width], start=1):
        column = column_of(heading)
        problems += _heading_problems(line.number, number, clean_text(heading), layout)
        layout.append(None if column in layout else column)
    missing = (column for column in HEADINGS if column not in layout)
    problems += (_column_problem(line.number, "missing_column", column) for column in missing)
    return layout


def _heading_problems(line: int, number: int, heading: str, layout: Layout) -> Iterator[Problem]:
    column = column_of(heading)
    if not heading:
        yield Problem(line, "unnamed_column", {"number": number, "accepted": ACCEPTED_HEADINGS})
    elif column is None and (right := put_right(heading)) != heading:
        yield Problem(line, "misread_column", {"heading": excerpt(heading), "right": excerpt(right)})
    elif column is None:
        yield Problem(line, "unknown_column", {"heading": excerpt(heading), "accepted": ACCEPTED_HEADINGS})
    elif column in layout:
        yield _column_problem(line, "repeated_column", column, heading=heading)


def _column_problem(line: int, code: str, column: str, **params: object) -> Problem:
    return Problem(line, code, {"column": str(HEADINGS[column]), **params}, column)


def _repeated_headings(line: Line) -> Layout:
    """Return the layout of a line that consists of all headings, each once; empty for any other line."""
    if line.malformed or column_of(line.cells[0]) is None or line.width != len(HEADINGS):
        return []
    layout = [column_of(heading) for heading in line.cells[: line.width]]
    return layout if set(layout) == set(HEADINGS) else []


def _read_cells(line: Line, layout: Layout, problems: list[Problem]) -> list[Row]:
    """Return the row, or nothing where the number of cells differs from that of the headings."""
    count = max(line.width, min(len(line.cells), len(layout)))
    if count != len(layout):
        code = "lone_cell" if count == 1 else "wrong_number_of_cells"
        problems.append(Problem(line.number, code, {"expected": len(layout), "found": count}))
        return []
    texts = {column: cell for column, cell in zip(layout, line.cells, strict=False) if column}
    row, own = read_row(line.number, texts)
    problems += own
    return [row]
