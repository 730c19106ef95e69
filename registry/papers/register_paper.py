"""The register as a paper: the rows and columns of a list, and what is open in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core import languages
from registry.files.batches import BatchContext
from registry.files.cell_types import COUNTRY
from registry.files.columns import COLUMNS_BY_KEY, Column
from registry.files.export import Selection, about_export, table_rows
from registry.files.formats.cells import Cell, as_text
from registry.law.countries import COUNTRIES
from registry.models import ProcessingActivity, Vendor
from registry.papers.content import Block, Paper, PaperFacts, PaperHeading, Paragraph, TableBlock, TableColumn
from registry.papers.letterhead import not_stated, paper_with_letterhead

#: With more columns, each row is a heading with facts below it: in a table no word would have room.
MOST_COLUMNS = 12
#: What every activity should say.
NEEDED = {"purpose", "personal_data", "country", "legal_ground"}
NOTHING = "–"


def register_paper(selection: Selection) -> Paper:
    """Return the selected rows as a paper. The number of queries does not grow with the rows."""
    columns = paper_columns(selection)
    rows = list(rows_of_paper(selection, columns))
    blocks: list[Block] = list(
        entry_blocks(columns, rows) if len(columns) > MOST_COLUMNS else [block_of_rows(columns, rows)]
    )
    if selection.whole:
        blocks += blocks_without_activity()
    wide = len(columns) <= MOST_COLUMNS
    return paper_with_letterhead(selection.title, blocks, about_export(selection), who=selection.who, landscape=wide)


def paper_columns(selection: Selection) -> Sequence[Column]:
    """Return the columns of a selection; beside a verdict on an activity stands the reason."""
    why = COLUMNS_BY_KEY["why"]
    if selection.entries.model is not ProcessingActivity or why in selection.columns:
        return selection.columns
    pairs = [(column, why) if column.key == "verdict" else (column,) for column in selection.columns]
    return [column for pair in pairs for column in pair]


def rows_of_paper(selection: Selection, columns: Sequence[Column]) -> Iterator[list[str]]:
    context = BatchContext(selection.law)
    for _entry, cells in table_rows(selection.entries, columns, context):
        yield [paper_text(column, cell) for column, cell in zip(columns, cells, strict=True)]


def paper_text(column: Column, cell: Cell) -> str:
    """Return the text of a cell: countries with their names, and a mark where something is open."""
    text = as_text(cell)
    if not text:
        return not_stated() if column.key in NEEDED else NOTHING
    if column.type is COUNTRY or column.key == "country":
        return country_name(text)
    return text


def country_name(code: str) -> str:
    country = COUNTRIES.get(code)
    return country.with_code(languages.active_language()) if country else code


def block_of_rows(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Block:
    if not rows:
        return Paragraph(_("No row."))
    shares = [TableColumn(column.heading, max(column.width, 14)) for column in columns]
    caption = ngettext("%(count)s row", "%(count)s rows", len(rows)) % {"count": len(rows)}
    return TableBlock(caption, shares, rows)


def entry_blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[Block]:
    """Yield each row as a heading of its first two cells, and facts; blank cells that nothing asks for are left out."""
    for row in rows:
        yield PaperHeading(": ".join(text for text in row[:2] if text != NOTHING) or NOTHING)
        pairs = zip(columns, row, strict=True)
        yield PaperFacts([(column.heading, text) for column, text in pairs if text != NOTHING])


def blocks_without_activity() -> list[Block]:
    """Return the vendors that no row of the register can show, as they have no activity."""
    vendors = Vendor.objects.without_activity().order_by("name_key")
    rows = [
        [
            vendor.name,
            str(vendor.get_status_display()),
            str(vendor.get_role_display()),
            country_name(vendor.country) if vendor.country else not_stated(),
            _("no activity is stated: an open question"),
        ]
        for vendor in vendors
    ]
    if not rows:
        return []
    names = ("vendor", "vendor_status", "vendor_role", "vendor_country")
    headings = [TableColumn(COLUMNS_BY_KEY[name].heading, 2) for name in names]
    caption = ngettext("%(count)s vendor", "%(count)s vendors", len(rows)) % {"count": len(rows)}
    return [
        PaperHeading(_("Vendors without an activity")),
        TableBlock(caption, [*headings, TableColumn(_("What is open"), 3)], rows),
    ]
