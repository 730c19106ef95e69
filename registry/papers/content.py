"""What a paper says, without how it looks: the writers of PDF and Word turn it into files. Pure: no Django.

Texts are plain: nothing in them is markup.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from registry.core.text import printable


@dataclass(frozen=True)
class PaperHeading:
    text: str
    #: 1 for the parts of a paper; the title is above them.
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class PaperFacts:
    """Terms and what is stated about each; what is not stated says so in words."""

    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class TableColumn:
    heading: str
    #: The share of the width, beside those of the other columns.
    share: int = 1


@dataclass(frozen=True)
class TableBlock:
    """A table whose headings are repeated on each page."""

    #: What the table holds, for those who have it read aloud.
    caption: str
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]


type Block = PaperHeading | Paragraph | PaperFacts | TableBlock


@dataclass(frozen=True)
class Paper:
    """A paper. ``about`` are lines below the title: day, law, which rows, head of the history."""

    title: str
    #: Of the texts: ``sv`` or ``en``.
    language: str
    blocks: Sequence[Block]
    about: Sequence[tuple[str, str]] = ()
    organisation: str = ""
    #: A PNG or JPEG.
    logo: bytes | None = None
    landscape: bool = False
    #: Stands at the foot of each page, beside "page x of y".
    foot: str = ""
    #: The words for "page x of y", with ``{x}`` and ``{y}``.
    page_words: str = "{x} ({y})"
    subject: str = ""
    #: Says what stands for characters that no font has, with ``{example}``.
    lacking_words: str = "{example}"
    #: Stands in the properties of the file, which then has the same bytes each time; None: the time of writing.
    day: date | None = None

    def tables(self) -> Iterator[TableBlock]:
        return (block for block in self.blocks if isinstance(block, TableBlock))

    @property
    def row_count(self) -> int:
        return sum(len(table.rows) for table in self.tables())


def block_values(block: Block) -> dict[str, object]:
    """Return a block as JSON values, for the process that writes the file."""
    if isinstance(block, PaperHeading):
        return {"kind": "heading", "text": printable(block.text), "level": block.level}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": printable(block.text)}
    if isinstance(block, PaperFacts):
        return {"kind": "facts", "facts": [[printable(term), printable(text)] for term, text in block.facts]}
    return {
        "kind": "table",
        "caption": printable(block.caption),
        "columns": [[printable(column.heading), column.share] for column in block.columns],
        "rows": [[printable(cell) for cell in row] for row in block.rows],
    }


#: Cells of a part: a PDF of ten thousand rows is typeset in parts, to bound memory.
CELLS_OF_A_PART = 8000


def in_parts(blocks: Iterable[Block], most: int = CELLS_OF_A_PART) -> Iterator[list[Block]]:
    """Yield the blocks in parts of about so many cells; tables are continued, with their headings."""
    part: list[Block] = []
    left, waiting = most, deque(blocks)
    while waiting:
        block = waiting.popleft()
        if isinstance(block, TableBlock) and weight_of(block) > left and (rows := rows_for(block, left, most)):
            block, rest = split(block, rows)
            waiting.appendleft(rest)
        # A heading stays with what it is the heading of.
        moved: list[Block] = [part[-1]] if part and isinstance(part[-1], PaperHeading) else []
        if weight_of(block) > left and len(part) > len(moved):
            yield part[: len(part) - len(moved)]
            part, left = moved, most - len(moved)
            waiting.appendleft(block)
        else:
            part.append(block)
            left -= weight_of(block)
    if part:
        yield part


def rows_for(table: TableBlock, left: int, most: int) -> int:
    """Return how many rows of a table go into a part that has so many cells left, 0 for none or for all."""
    width = len(table.columns)
    rows = left // width or (1 if width > most else 0)
    return rows if rows < len(table.rows) else 0


def split(table: TableBlock, rows: int) -> tuple[TableBlock, TableBlock]:
    """Return the first rows and the others, which need no caption again."""
    return replace(table, rows=table.rows[:rows]), replace(table, rows=table.rows[rows:], caption="")


def weight_of(block: Block) -> int:
    """Return about how many cells of a table take as much memory."""
    if isinstance(block, TableBlock):
        return max(1, len(block.rows) * len(block.columns))
    return 2 * len(block.facts) if isinstance(block, PaperFacts) else 1


def without_gaps(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks with levels of headings that begin at 1 and skip none, which accessible files ask for."""
    last = 0
    for block in blocks:
        if isinstance(block, PaperHeading):
            last = min(block.level, last + 1)
            yield PaperHeading(block.text, last)
        else:
            yield block


def paper_values(paper: Paper) -> dict[str, Any]:
    """Return a paper as JSON values. Texts are in normal form, without characters that no file can hold."""
    return {
        "title": printable(paper.title),
        "language": paper.language,
        "about": [[printable(term), printable(text)] for term, text in paper.about],
        "blocks": [block_values(block) for block in without_gaps(paper.blocks)],
        "organisation": printable(paper.organisation),
        "logo": base64.b64encode(paper.logo).decode() if paper.logo else None,
        "landscape": paper.landscape,
        "foot": printable(paper.foot),
        "page_words": printable(paper.page_words),
        "subject": printable(paper.subject),
        "lacking_words": printable(paper.lacking_words),
        "day": paper.day.isoformat() if paper.day else None,
    }


def paper_of(values: Mapping[str, Any]) -> Paper:
    """Return the paper of ``paper_values``."""
    logo = base64.b64decode(values["logo"]) if values["logo"] else None
    day = date.fromisoformat(values["day"]) if values["day"] else None
    return Paper(**{**values, "logo": logo, "day": day, "blocks": [block_of(block) for block in values["blocks"]]})


def block_of(values: Mapping[str, Any]) -> Block:
    match values["kind"]:
        case "heading":
            return PaperHeading(values["text"], values["level"])
        case "paragraph":
            return Paragraph(values["text"])
        case "facts":
            return PaperFacts(values["facts"])
    columns = [TableColumn(heading, share) for heading, share in values["columns"]]
    return TableBlock(values["caption"], columns, values["rows"])
