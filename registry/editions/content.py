"""What an edition says: the content that is approved, of which all its files are made. Pure: no Django.

The file ``.json`` of the edition is this content (docs/edition.schema.json), and the SHA-256 of that file is the digest
of the edition. So the JSON cannot state its own digest; all other files do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from registry.document import HEADINGS, Document, Row

#: What stands in the JSON as its kind; a change that readers must know of gets another number.
FORM = "edition-1"


@dataclass(frozen=True)
class EditionColumn:
    #: As in ``registry.files.columns``: ``vendor``, ``country``, ``legal_ground`` …
    key: str
    #: In the language of the edition.
    heading: str


@dataclass(frozen=True)
class EditionRow:
    """An activity. ``cells`` are texts in the order of the columns, as files of the register have them: countries by
    their codes, days as YYYY-MM-DD, empty where nothing is stated."""

    cells: Sequence[str]
    #: The number of the activity in the register, which stays the same; None where it is not known.
    activity: int | None = None
    #: Vendor, purpose, personal data, country, legal basis, then each mechanism: the row of the document. Empty where
    #: the edition does not have all columns of the document.
    document: Sequence[str] = ()
    #: Whether a page of the document starts here.
    starts_page: bool = False


@dataclass(frozen=True)
class Publisher:
    """Whose edition it is."""

    name: str = ""
    registration_number: str = ""
    contact: str = ""


@dataclass(frozen=True)
class EditionContent:
    """The content of an edition. ``digest`` identifies it."""

    series: str
    #: The name in addresses and names of files.
    slug: str
    number: int
    #: The day that stands on it, and from which it is meant to hold.
    day: date
    #: ``sv`` or ``en``.
    language: str
    title: str
    columns: Sequence[EditionColumn]
    rows: Sequence[EditionRow]
    publisher: Publisher = field(default_factory=Publisher)
    heading: str = ""
    introduction: str = ""
    closing: str = ""
    #: Which rows it has, in words; empty: the whole register.
    selection: str = ""
    #: Vendors in use that no row is about, in an edition of the whole register.
    vendors_without_activity: Sequence[str] = ()
    #: The head of the history whose state it shows; empty where it was published elsewhere.
    head: str = ""
    #: Where it can be checked whether this edition holds; empty where there is no such place.
    address: str = ""

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON, which is a file of the edition."""
        values = {"form": FORM, **asdict(self), "day": self.day.isoformat()}
        return f"{json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)}\n".encode()

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the JSON, in hexadecimal digits."""
        return hashlib.sha256(self.json).hexdigest()

    def place(self, key: str) -> int | None:
        """Return the place of a column in the cells, None where the edition does not have it."""
        return next((place for place, column in enumerate(self.columns) if column.key == key), None)

    def cell(self, row: EditionRow, key: str) -> str:
        """Return a cell by the key of its column, empty where the edition does not have it."""
        place = self.place(key)
        return "" if place is None else row.cells[place]

    @property
    def document(self) -> Document | None:
        """The edition in the form of the document, None where it does not have all columns of the document."""
        if not all(row.document for row in self.rows) or any(self.place(key) is None for key in HEADINGS):
            return None
        pages: list[list[Row]] = []
        for row in self.rows:
            if row.starts_page or not pages:
                pages.append([])
            vendor, purpose, data, country, basis, *mechanisms = row.document
            pages[-1].append(Row(vendor, purpose, data, country, basis, tuple(mechanisms)))
        return Document(
            title=self.title,
            dated=self.day,
            heading=self.heading,
            introduction=self.introduction,
            closing=self.closing,
            pages=tuple(map(tuple, pages)),
        )


def content_of_json(data: bytes) -> EditionContent:
    """Return the content of the JSON of an edition. Raises ``ValueError`` for any other."""
    try:
        values: dict[str, Any] = json.loads(data)
        if values.pop("form") != FORM:
            raise ValueError("another form")
        return EditionContent(
            **{
                **values,
                "day": date.fromisoformat(values["day"]),
                "columns": [EditionColumn(**each) for each in values["columns"]],
                "rows": [row_of_json(each) for each in values["rows"]],
                "publisher": Publisher(**values["publisher"]),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("This is not the JSON of an edition.") from error


def row_of_json(values: Mapping[str, Any]) -> EditionRow:
    return EditionRow(**values)
