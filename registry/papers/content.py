"""What a paper says, without how it looks: the writers of PDF and Word turn it into files. Pure: no Django.

Texts are plain: nothing in them is markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heading:
    text: str
    #: 1 for the parts of a paper; the title is above them.
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Facts:
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


type Block = Heading | Paragraph | Facts | TableBlock


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
    subject: str = field(default="")

    def tables(self) -> Iterator[TableBlock]:
        return (block for block in self.blocks if isinstance(block, TableBlock))

    @property
    def row_count(self) -> int:
        return sum(len(table.rows) for table in self.tables())


def block_values(block: Block) -> Mapping[str, Any]:
    """Return a block as JSON values, for the process that writes the file."""
    if isinstance(block, Heading):
        return {"kind": "heading", "text": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": block.text}
    if isinstance(block, Facts):
        return {"kind": "facts", "facts": [list(fact) for fact in block.facts]}
    columns = [[column.heading, column.share] for column in block.columns]
    return {"kind": "table", "caption": block.caption, "columns": columns, "rows": [list(row) for row in block.rows]}
