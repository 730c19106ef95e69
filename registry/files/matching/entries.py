"""The rows of a list, with what each says about vendor, purpose, places and grounds. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date


@dataclass
class AgreementLine:
    #: Whether it is said to be a data processing agreement.
    about_processing: bool = False
    reference: str = ""
    signed_on: date | None = None
    valid_until: date | None = None
    url: str = ""


@dataclass
class ListEntry:
    """An activity as the list has it. Texts are those of the file; values are by the column of the register."""

    line: int
    sheet: str
    vendor: str
    purpose: str
    #: Codes of countries in the order of the file; the first is where the data are processed.
    countries: list[str] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    #: Codes of mechanisms, and wordings of new ones; to which countries, is settled when all places are known.
    mechanisms: list[str] = field(default_factory=list)
    new_mechanisms: list[str] = field(default_factory=list)
    #: The adequacy decision of its country is named, in other words than those of a mechanism.
    adequacy: bool = False
    signed_on: date | None = None
    evidence: str = ""
    agreements: list[AgreementLine] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    #: By column of the file, for telling rows apart.
    cells: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> str:
        return self.values.get("notes", "")

    def copy(self) -> ListEntry:
        """Return an entry that says the same and can be changed by itself."""
        return deepcopy(self)

    def note(self, text: str) -> None:
        """Keep what has no column of its own in the notes."""
        self.values["notes"] = joined_once([self.notes, text], "\n")

    def join(self, other: ListEntry) -> None:
        """Add what another row about the same activity says."""
        for mine, theirs in (
            (self.countries, other.countries),
            (self.bases, other.bases),
            (self.mechanisms, other.mechanisms),
            (self.new_mechanisms, other.new_mechanisms),
        ):
            mine += [each for each in theirs if each not in mine]
        self.agreements += [each for each in other.agreements if each not in self.agreements]
        self.adequacy = self.adequacy or other.adequacy
        self.signed_on, self.evidence = self.signed_on or other.signed_on, self.evidence or other.evidence
        for column, value in other.values.items():
            separator = "\n" if column == "notes" else ", "
            if column in {"personal_data", "data_subjects", "notes"}:
                self.values[column] = joined_once([self.values.get(column, ""), value], separator)
            else:
                self.values.setdefault(column, value)


def joined_once(texts: Iterable[str], separator: str) -> str:
    """Return texts as one, each part once."""
    parts = [part.strip() for text in texts for part in text.split(separator)]
    return separator.join(dict.fromkeys(filter(None, parts)))
