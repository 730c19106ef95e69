"""Where the rows of a list are: its tables, with the heading line, the name of the section, and what lies around them.

Pure: no Django.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from registry.core.organisations import has_legal_form
from registry.core.text import text_key
from registry.files.formats.cells import Cell, as_text
from registry.files.formats.grids import Grid
from registry.files.matching.interview import Interview
from registry.files.matching.places import is_place
from registry.files.matching.questions import ROWS, Question, key_of
from registry.files.matching.roles import role_of_heading
from registry.files.matching.words import is_word, word_in

TAKE, LEAVE, YES, NO = "take", "leave", "yes", "no"
CONTINUES, SECTION, ENTRY, PASS = "continues", "section", "entry", "pass"
#: Headings have at least this many known words, where nothing else tells.
FEWEST_KNOWN = 2
#: The heading line of a table without one is found in its first lines.
MOST_LINES_ABOVE = 30

#: How footnotes begin.
_NOTE = re.compile(r"[¹²³⁴⁵⁶⁷⁸⁹⁰*†‡]|\(?\d\)|note\b|anm\b", re.IGNORECASE)
RowOfCells = tuple[int, Sequence[Cell]]


@dataclass
class FoundTable:
    """A table of the file. ``key`` names it in a file of the same shape too."""

    key: str
    sheet: str
    #: The name of the section above it.
    title: str
    line: int
    headings: list[str]
    rows: list[RowOfCells] = field(default_factory=list)
    #: The name of the section within the table that a row stands under, by line.
    sections: dict[int, str] = field(default_factory=dict)
    #: Lines and indexes of cells that are struck out; a None for the whole line.
    struck: frozenset[tuple[int, int | None]] = frozenset()
    #: Its headings are known ones.
    recognised: bool = True

    @property
    def layout(self) -> str:
        """Return what tables with the same headings have in common."""
        keys = "\n".join(text_key(heading) for heading in self.headings)
        return hashlib.sha256(keys.encode()).hexdigest()[:12]

    def cells(self, place: int) -> list[Cell]:
        return [cells[place] if place < len(cells) else None for _line, cells in self.rows]


@dataclass
class FoundTables:
    """What is in the sheets: the tables, and the lines that are passed over, with their texts."""

    tables: list[FoundTable] = field(default_factory=list)
    passed: list[tuple[str, int, str]] = field(default_factory=list)


def find_tables(grids: Sequence[Grid], own: Mapping[str, str], interview: Interview) -> FoundTables:
    """Return the tables of all sheets that are taken. ``own``: the register's headings by text key."""
    layout = FoundTables()
    for grid in grids:
        Finder(grid, own, interview, layout).find()
    take_or_leave(layout, interview)
    return layout


class Finder:
    """Finds the tables of one sheet."""

    def __init__(self, grid: Grid, own: Mapping[str, str], interview: Interview, layout: FoundTables) -> None:
        self.grid, self.own, self.interview, self.layout = grid, own, interview, layout
        self.tables: list[FoundTable] = []

    def find(self) -> None:
        rows = [(line, cells) for line, cells in self.grid.rows if filled(cells)]
        if not rows:
            return
        headings = [index for index, (_line, cells) in enumerate(rows) if self.is_heading(cells)]
        if not headings:
            headings = self.unknown_headings(rows)
        start = 0
        for index in headings:
            above = self.lines_above(rows, start, index)
            body = rows[start : index - len(above)]
            if self.tables:
                self.add_rows(body, at_end=bool(above))
            else:
                self.pass_over(body)
            self.begin(rows[index], above)
            start = index + 1
        self.add_rows(rows[start:], at_end=True)
        self.layout.tables += [table for table in self.tables if table.rows]

    def unknown_headings(self, rows: list[tuple[int, list[Cell]]]) -> list[int]:
        """Return the index of the line that must hold headings, or add a line without any where there are none."""
        index = widest(rows)
        line, cells = rows[index]
        looks_like_a_row = any(has_legal_form(text) or is_place(text) for text in map(as_text, filled(cells)))
        guess = NO if looks_like_a_row else YES
        question = Question(
            key_of("headings", self.grid.name, row_text(cells)),
            ROWS,
            "headings",
            row_text(cells),
            guess,
            (YES, NO),
            lines=(line,),
        )
        if self.interview.ask(question) == NO:
            rows.insert(index, (line, [f"{number}." for number in range(1, len(cells) + 1)]))
        return [index]

    def is_heading(self, cells: Sequence[Cell]) -> bool:
        texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        known = [guess for text in texts if len(text) < 80 and (guess := role_of_heading(text, self.own))]
        sure = {guess.role for guess in known if guess.sure}
        return len(sure) >= FEWEST_KNOWN and 2 * len(known) >= len(filled(cells))

    def lines_above(self, rows: Sequence[RowOfCells], start: int, index: int) -> Sequence[RowOfCells]:
        """Return the lines with one cell right above a heading line: titles and notes."""
        above = index
        while above > start and len(filled(rows[above - 1][1])) == 1:
            above -= 1
        return rows[above:index]

    def pass_over(self, rows: Sequence[RowOfCells]) -> None:
        self.layout.passed += [(self.grid.name, line, row_text(cells)) for line, cells in rows]

    def begin(self, row: RowOfCells, above: Sequence[RowOfCells]) -> None:
        """Begin a table, or go on with the one before where its headings are repeated without a word between."""
        line, cells = row
        headings = [as_text(cell) for cell in cells]
        if self.tables and not above and text_keys(self.tables[-1].headings) == text_keys(headings):
            return
        title = title_of_section([row_text(each) for _line, each in above])
        self.pass_over([each for each in above if row_text(each[1]) != title])
        key = key_of("table", self.grid.name, len(self.tables) + 1)
        struck = frozenset((mark.line, mark.place) for mark in self.grid.marks if mark.code == "struck_out")
        recognised = self.is_heading(cells)
        self.tables.append(FoundTable(key, self.grid.name, title, line, headings, struck=struck, recognised=recognised))

    def add_rows(self, rows: Sequence[RowOfCells], *, at_end: bool) -> None:
        """Add the rows to the last table; ask what a line with one cell is."""
        table = self.tables[-1]
        section = ""
        end = len(rows)
        if at_end:
            while end and self.is_closing(rows, end - 1):
                end -= 1
            self.pass_over(rows[end:])
        for line, cells in rows[:end]:
            if len(table.headings) > 1 and len(filled(cells)) == 1:
                text = row_text(cells)
                answer = self.lone_line(line, text, bool(table.rows) and table.rows[-1][0] == line - 1)
                if answer == SECTION:
                    section = text
                    continue
                if answer == CONTINUES and table.rows:
                    table.rows[-1] = (table.rows[-1][0], continued(table.rows[-1][1], text))
                    continue
                if answer == PASS:
                    self.pass_over([(line, cells)])
                    continue
            table.rows.append((line, cells))
            if section:
                table.sections[line] = section

    def is_closing(self, rows: Sequence[RowOfCells], index: int) -> bool:
        """Return whether a line with one cell ends the sheet, after a blank line or as a sentence."""
        line, cells = rows[index]
        if len(filled(cells)) != 1:
            return False
        after_blank = index == 0 or rows[index - 1][0] < line - 1
        return after_blank or row_text(cells).endswith(".")

    def lone_line(self, line: int, text: str, follows: bool) -> str:
        """Return what a line with one cell is: the rest of the row above, the name of a section, an entry."""
        is_note = bool(_NOTE.match(text)) or is_word("total", text.split(" ", 1)[0].rstrip(":"))
        guess = CONTINUES if follows else SECTION
        if is_note:
            guess = PASS
        elif is_word("region", text) or word_in("ended", text):
            guess = SECTION
        question = Question(
            key_of("lone", self.grid.name, text),
            ROWS,
            "lone",
            text,
            guess,
            (CONTINUES, SECTION, ENTRY, PASS),
            lines=(line,),
        )
        return self.interview.ask(question)


def take_or_leave(layout: FoundTables, interview: Interview) -> None:
    """Ask which tables are taken, where the file has several."""
    tables, layout.tables = layout.tables, []
    some_recognised = any(table.recognised for table in tables)
    for table in tables:
        name = " · ".join(filter(None, (table.sheet, table.title))) or str(table.line)
        question = Question(
            table.key,
            ROWS,
            "table",
            name,
            TAKE if table.recognised or not some_recognised else LEAVE,
            (TAKE, LEAVE),
            sure=len(tables) == 1,
            lines=(table.line,),
            samples=(str(len(table.rows)), " | ".join(filter(None, table.headings))),
        )
        if interview.ask(question) == TAKE:
            layout.tables.append(table)
        else:
            layout.passed.append((table.sheet, table.line, name))


def filled(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if as_text(cell)]


def row_text(cells: Sequence[Cell]) -> str:
    return " | ".join(as_text(cell) for cell in filled(cells)).lstrip("# ")


def widest(rows: Sequence[RowOfCells]) -> int:
    """Return the index of the first of the first lines with as many cells as the widest of them."""
    widths = [len(filled(cells)) for _line, cells in rows[:MOST_LINES_ABOVE]]
    return widths.index(max(widths))


def text_keys(texts: Sequence[str]) -> list[str]:
    return [text_key(text) for text in texts if text.strip()]


def title_of_section(texts: Sequence[str]) -> str:
    """Return the name of a section among the lines above its table: the last that is no sentence."""
    return next((text for text in reversed(texts) if not text.endswith(".")), "")


def continued(cells: Sequence[Cell], text: str) -> list[Cell]:
    """Return the cells of a row whose last filled one goes on with a text."""
    last = max(place for place, cell in enumerate(cells) if as_text(cell))
    return [f"{as_text(cell)} {text}" if place == last else cell for place, cell in enumerate(cells)]
