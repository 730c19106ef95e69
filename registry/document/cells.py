"""Parsing text into lines of cells, and encoding cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry.core.text import with_line_feeds

# Possessive, so that an unclosed quotation mark is found in one pass.
_CELL = re.compile(r'"((?:[^"]++|"")*+)"(?=[\t\n]|\Z)|(?!")[^\t\n]*+')


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of a line as written, and the number (1-based) of the line on which the first begins.

    ``malformed``: a cell begins with a quotation mark but does not end with one, so the cells are a guess.
    """

    number: int
    cells: list[str]
    malformed: bool = False

    @property
    def filled(self) -> int:
        """Return how many cells are not blank."""
        return sum(map(bool, map(str.strip, self.cells)))

    @property
    def width(self) -> int:
        """Return how many cells there are without the blank ones at the end."""
        return next((n for n in range(len(self.cells), 0, -1) if self.cells[n - 1].strip()), 0)

    @property
    def text(self) -> str:
        """Return the first cell that is not blank."""
        return next((cell for cell in self.cells if cell.strip()), self.cells[0])


def read_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a text. Lines end with LF, CRLF or CR; a quoted cell may contain tabs and line ends."""
    text = with_line_feeds(text)
    start, number = 0, 1
    while start <= len(text):
        line, end = _read_line(text, start, number)
        yield line
        number += text.count("\n", start, end) + 1
        start = end + 1


def _read_line(text: str, start: int, number: int) -> tuple[Line, int]:
    end = _line_end(text, start)
    if text.find('"', start, end) < 0:
        return Line(number, text[start:end].split("\t")), end
    return _read_quoted(text, start, number)


def _read_quoted(text: str, start: int, number: int) -> tuple[Line, int]:
    cells: list[str] = []
    position = start
    while cell := _CELL.match(text, position):
        cells.append(cell[0] if cell[1] is None else cell[1].replace('""', '"'))
        if text[cell.end() : cell.end() + 1] != "\t":
            return Line(number, cells), cell.end()
        position = cell.end() + 1
    end = _line_end(text, position)
    opening = number + text.count("\n", start, position)
    return Line(opening, [*cells, *text[position:end].split("\t")], malformed=True), end


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def encode_cell(text: str) -> str:
    """Return the text as a cell, quoted only where it would otherwise be read differently."""
    if text.startswith('"') or "\t" in text or "\n" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
