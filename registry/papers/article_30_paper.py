"""The record of Art. 30 as a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from registry.files.formats.cells import Cell
from registry.papers.article_30 import OF_CONTROLLERS, OF_PROCESSORS, Record, RecordRow, heading, record_cells
from registry.papers.article_30_table import parties_with_marks
from registry.papers.content import Block, Paper, PaperFacts, PaperHeading, Paragraph, TableBlock, TableColumn
from registry.papers.letterhead import paper_with_letterhead

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def record_paper(record: Record, *, state: str, who: str) -> Paper:
    """Return the record in the language of the reader. ``state``: the digest that it shows; ``who`` hands it out."""
    about: list[tuple[str, Cell]] = [
        (_("Regulation (EU) 2016/679"), _("Art. 30")),
        (_("As at"), record.on),
        (_("Head of the history (digest)"), state),
    ]
    title = _("Record of processing activities")
    return paper_with_letterhead(title, list(blocks_of(record)), about, who=who, landscape=True)


def blocks_of(record: Record) -> Iterator[Block]:
    yield PaperHeading(_("(a) Who is responsible"))
    yield PaperFacts(list(parties_with_marks(record)))
    yield PaperHeading(_("Activities as controller, Art. 30(1)"))
    yield from part_of(record.as_controller, OF_CONTROLLERS, _("Activities as controller"))
    if record.as_processor:
        yield PaperHeading(_("Activities as processor, Art. 30(2)"))
        yield from part_of(record.as_processor, OF_PROCESSORS, _("Activities as processor"))


def part_of(rows: Sequence[RecordRow], columns: Mapping[str, StrOrPromise], caption: str) -> Iterator[Block]:
    incomplete = sum(1 for row in rows if row.missing)
    if incomplete:
        words = {"count": incomplete, "all": len(rows)}
        yield Paragraph(
            _("In %(count)s of %(all)s activities something is not stated. It is marked by its letter.") % words
        )
    headings = [TableColumn(heading(letter, name), 2) for letter, name in columns.items()]
    yield TableBlock(caption, [*headings, TableColumn(_("Not stated"))], list(record_cells(rows, columns)))
