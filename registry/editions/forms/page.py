"""An edition as one page that needs nothing else: its own style, no script, nothing that is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from registry.core.alphabet import order_of
from registry.core.text import text_key
from registry.editions.content import EditionContent
from registry.editions.forms.file_types import FILE_TYPES, name_of_file
from registry.editions.forms.statements import (
    dated_title_of,
    entry_heading,
    how_to_check,
    proof,
    publication,
    readable_rows,
    short_proof,
    title_without_day,
    without_activity_words,
)
from registry.editions.forms.vendors import vendor_anchors, vendor_names
from registry.editions.style import style, style_hash
from registry.papers.register_paper import NOTHING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: With more columns, each row is an entry of its own: in a table no word would have room.
MOST_COLUMNS = 8
#: The page of the series, from that of an edition: in a folder, in a zip and at an address.
SERIES_PAGE = "../index.html"
#: With more vendors, a list leads to each of them; with more than the second, it is folded at first.
FEW_VENDORS, MANY_VENDORS = 10, 60
#: Runs without a blank that have to be broken for a column to have its usual width.
LONG_RUN = re.compile(r"\S{25}")


@dataclass(frozen=True)
class PageCell:
    heading: str
    text: str
    is_vendor: bool

    @property
    def is_long(self) -> bool:
        return LONG_RUN.search(self.text) is not None

    @property
    def is_blank(self) -> bool:
        return self.text == NOTHING


@dataclass(frozen=True)
class PageEntry:
    heading: str
    cells: Sequence[PageCell]
    #: Of the vendor, on the first of its rows.
    anchor: str = ""


@dataclass(frozen=True)
class VendorLink:
    name: str
    anchor: str


def edition_html(content: EditionContent) -> bytes:
    """Return the page of an edition in HTML."""
    names = vendor_names(content)
    anchors = vendor_anchors(names)
    free = dict(anchors)
    alphabetical = sorted(names, key=lambda name: order_of(name, content.language))
    links = [VendorLink(name, anchors[text_key(name)]) for name in alphabetical]
    context = {
        "content": content,
        "title": title_without_day(content),
        "dated_title": dated_title_of(content),
        "style": style(),
        "style_hash": style_hash(),
        "day": content.day.isoformat(),
        "publication": publication(content),
        "proof": proof(content),
        "short_proof": short_proof(content),
        "how_to_check": how_to_check(content),
        "as_table": len(content.columns) <= MOST_COLUMNS,
        "entries": list(entries(content, free)),
        "links": links if len(links) > FEW_VENDORS else (),
        "folded": len(links) > MANY_VENDORS,
        "without_activity": [
            VendorLink(name, free.pop(text_key(name), "")) for name in content.vendors_without_activity
        ],
        "without_activity_words": without_activity_words(),
        "files": list(other_files(content)),
        "series_page": SERIES_PAGE,
    }
    return render_to_string("editions/edition.html", context).encode()


def entries(content: EditionContent, free: dict[str, str]) -> Iterator[PageEntry]:
    """Yield the rows. The first one of a vendor takes the anchor of the vendor out of ``free``."""
    vendor = content.place("vendor")
    for row, texts in zip(content.rows, readable_rows(content), strict=True):
        cells = [
            PageCell(column.heading, text, place == vendor)
            for place, (column, text) in enumerate(zip(content.columns, texts, strict=True))
        ]
        anchor = "" if vendor is None else free.pop(text_key(row.cells[vendor]), "")
        yield PageEntry(entry_heading(texts), cells, anchor)


def other_files(content: EditionContent) -> Iterator[tuple[str, StrOrPromise]]:
    """Yield names and titles of the files that are published beside the page."""
    has_document = content.document is not None
    for code, each in FILE_TYPES.items():
        if code != "html" and (code != "document" or has_document):
            yield name_of_file(content.slug, content.number, code), each.title
