"""The columns of the document and their accepted headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from registry.core.text import clean_text, text_key


@dataclass(frozen=True, slots=True)
class Heading:
    """The headings of a column in Swedish and English, and others that are accepted."""

    sv: str
    en: str
    synonyms: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.sv} ({self.en})"

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.sv, self.en, *self.synonyms)


#: By column, in the order of the document, which is written with the Swedish headings.
HEADINGS: Mapping[str, Heading] = MappingProxyType(
    {
        "vendor": Heading("Leverantör", "Vendor", ("Biträde", "Personuppgiftsbiträde", "Processor", "Supplier")),
        "purpose": Heading("Orsak", "Purpose", ("Ändamål",)),
        "personal_data": Heading("Uppgifter", "Personal data", ("Personuppgifter", "Data")),
        "country": Heading("Land", "Country"),
        "legal_ground": Heading("Laglig grund", "Legal basis", ("Rättslig grund", "Legal ground")),
    }
)

ACCEPTED_HEADINGS = ", ".join(map(str, HEADINGS.values()))

_COLUMNS: Mapping[str, str] = {
    text_key(spelling): column for column, heading in HEADINGS.items() for spelling in heading.spellings
}


def column_of(heading: str) -> str | None:
    """Return the column with this heading, ignoring case, else None."""
    return _COLUMNS.get(text_key(heading))


#: What people add to a heading: a number before it; a remark, a unit, an asterisk or a colon behind it.
_NUMBER = re.compile(r"(?:\d{1,2}|[a-z])[.)]\s*|\(\d{1,2}\)\s*", re.IGNORECASE)
_REMARK = re.compile(r"\s*(?:\n.*|\([^()]*\)|\[[^\[\]]*\]|[*:†‡]|\s/.*|/.*)\Z", re.DOTALL)
_LONGEST_HEADING = 200


def bare_heading(heading: str) -> str:
    """Return a heading without what people add to it: "1. Land/region* (ISO)" is "Land"."""
    text = clean_text(heading)[:_LONGEST_HEADING]
    number = _NUMBER.match(text)
    text = text[number.end() :] if number else text
    while (shorter := _REMARK.sub("", text)) != text:
        text = shorter
    return text.strip()


def has_all_headings(headings: Iterable[str]) -> bool:
    """Return whether all columns of the document are among the headings, with or without additions."""
    found = {column_of(heading) or column_of(bare_heading(heading)) for heading in headings}
    return found.issuperset(HEADINGS)
