"""The content of a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from registry.document.grounds import legal_ground


@dataclass(frozen=True, slots=True)
class Row:
    """One vendor with one purpose. ``line`` is its line in a file and does not count in comparisons."""

    vendor: str
    purpose: str
    personal_data: str
    country: str
    legal_basis: str = ""
    mechanisms: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def legal_ground(self) -> str:
        return legal_ground(self.legal_basis, self.mechanisms)


@dataclass(frozen=True, slots=True)
class Document:
    """A document. All texts are in normal form; no page is empty, and each begins with the column headings."""

    title: str = ""
    dated: date | None = None
    heading: str = ""
    introduction: str = ""
    closing: str = ""
    pages: tuple[tuple[Row, ...], ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for page in self.pages for row in page)
