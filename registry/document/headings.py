"""The columns of the document and their accepted headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from registry.core.text import text_key


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
