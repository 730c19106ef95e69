"""The document as a paper, in the form of the original: its texts, its columns, its pages."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from registry.core import languages
from registry.document import HEADINGS, Document, Row
from registry.document.headings import Heading as ColumnHeading
from registry.files.columns import DOCUMENT_COLUMNS
from registry.files.export import Selection, about_export, exported_document
from registry.files.formats.cells import Cell
from registry.models import Vendor
from registry.papers.content import Block, Paper, PaperHeading, Paragraph, TableBlock, TableColumn
from registry.papers.letterhead import paper_with_letterhead


def document_paper(selection: Selection) -> Paper:
    """Return the document of the selected activities that are in the register."""
    document = exported_document(selection)
    dated = f" ({document.dated:%Y-%m-%d})" if document.dated else ""
    title = (document.title or _("Document")) + dated
    blocks = list(document_blocks(document))
    return paper_with_letterhead(title, blocks, about_document(selection, document), who=selection.who, landscape=True)


def document_blocks(document: Document) -> Iterator[Block]:
    if document.heading:
        yield PaperHeading(document.heading)
    if document.introduction:
        yield Paragraph(document.introduction)
    widths = [column.width for column in DOCUMENT_COLUMNS]
    headings = [
        TableColumn(heading_in_language(heading), max(width, 12))
        for heading, width in zip(HEADINGS.values(), widths, strict=True)
    ]
    for page in document.pages:
        yield TableBlock("", headings, [document_cells(row) for row in page])
    if document.closing:
        yield Paragraph(document.closing)


def heading_in_language(heading: ColumnHeading) -> str:
    """Return the heading of a column in the active language, which the document has in two."""
    return heading.sv if languages.active_language() == "sv" else heading.en


def document_cells(row: Row) -> list[str]:
    return [row.vendor, row.purpose, row.personal_data, row.country, row.legal_ground]


def about_document(selection: Selection, document: Document) -> Iterator[tuple[str, Cell]]:
    """Yield what the paper is, and what the form of the document leaves out."""
    rows = len(document.rows)
    left_out = selection.entries.count() - rows
    yield from (line for line in about_export(selection) if line[0] != _("Number of rows"))
    yield _("Number of rows"), rows
    yield _("Left out: drafts and ended activities"), left_out or None
    yield _("Left out: vendors without an activity"), Vendor.objects.without_activity().count() or None
