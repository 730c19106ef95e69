"""An edition as a paper, for PDF and Word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from registry.editions.content import EditionContent
from registry.editions.forms.statements import (
    dated_title_of,
    entry_heading,
    how_to_check,
    pairs,
    proof,
    publication,
    readable_rows,
    short_proof,
    without_activity_words,
)
from registry.files.columns import COLUMNS_BY_KEY
from registry.papers.content import Block, Paper, PaperFacts, PaperHeading, Paragraph, TableBlock, TableColumn
from registry.papers.register_paper import MOST_COLUMNS, NOTHING
from registry.papers.rendering import write_paper

#: The least share of a column of the width, and that of a column that the register does not know.
LEAST_SHARE, USUAL_SHARE = 14, 20


def edition_pdf(content: EditionContent) -> bytes:
    """Return the edition as a PDF. Raises ``PaperNotWritten``."""
    return write_paper(edition_paper(content), "pdf")


def edition_docx(content: EditionContent) -> bytes:
    """Return the edition for Word. Raises ``PaperNotWritten``."""
    return write_paper(edition_paper(content), "docx")


def edition_paper(content: EditionContent) -> Paper:
    """Return the paper, which states no person and no time of writing."""
    about = pairs([*publication(content), *proof(content)])
    return Paper(
        title=dated_title_of(content),
        language=content.language,
        blocks=list(edition_blocks(content)),
        about=about,
        organisation=content.publisher.name,
        landscape=len(content.columns) <= MOST_COLUMNS,
        foot=short_proof(content),
        subject="; ".join(f"{term}: {text}" for term, text in about),
        day=content.day,
    )


def edition_blocks(content: EditionContent) -> Iterator[Block]:
    if content.heading:
        yield PaperHeading(content.heading)
    if content.introduction:
        yield Paragraph(content.introduction)
    yield from row_blocks(content)
    if content.closing:
        yield Paragraph(content.closing)
    yield from edition_blocks_without_activity(content.vendors_without_activity)
    yield PaperHeading(pgettext("of an edition", "How this edition is checked"))
    yield from map(Paragraph, how_to_check(content))


def row_blocks(content: EditionContent) -> Iterator[Block]:
    rows = list(readable_rows(content))
    if not rows:
        yield Paragraph(_("No row."))
    elif len(content.columns) <= MOST_COLUMNS:
        caption = ngettext("%(count)s row", "%(count)s rows", len(rows)) % {"count": len(rows)}
        yield TableBlock(caption, [TableColumn(each.heading, share_of(each.key)) for each in content.columns], rows)
    else:
        for row in rows:
            yield PaperHeading(entry_heading(row), 2)
            cells = zip(content.columns, row, strict=True)
            yield PaperFacts([(column.heading, text) for column, text in cells if text != NOTHING])


def share_of(key: str) -> int:
    column = COLUMNS_BY_KEY.get(key)
    return max(column.width, LEAST_SHARE) if column else USUAL_SHARE


def edition_blocks_without_activity(vendors: Sequence[str]) -> Iterator[Block]:
    if not vendors:
        return
    yield PaperHeading(_("Vendors without an activity"))
    caption = ngettext("%(count)s vendor", "%(count)s vendors", len(vendors)) % {"count": len(vendors)}
    headings = TableColumn(pgettext("column", "Vendor"), 2), TableColumn(_("What is open"), 3)
    yield TableBlock(caption, headings, [(vendor, without_activity_words()) for vendor in vendors])
