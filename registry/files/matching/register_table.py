"""Writing the entries of a list as a table of the register, which is imported like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext

from registry.document import HEADINGS, legal_ground
from registry.files.columns import AGREEMENT_COLUMN, TRANSFER_COLUMN
from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.matching.entries import AgreementLine, ListEntry
from registry.files.matching.grounds import SOME_DECISION
from registry.files.matching.register_facts import RegisterFacts, heading_of_column
from registry.files.nested import AGREEMENT_LINES, TRANSFER_LINES
from registry.law import catalogue
from registry.law.periods import periods
from registry.models import AgreementKind, Status


def table_of_entries(entries: Sequence[ListEntry], facts: RegisterFacts, *, own: bool) -> Table:
    """Return the entries under the headings of the register. ``own``: the list has the register's own columns."""
    for entry in entries:
        settle_status(entry, entries)
    written = [(entry.line, EntryWriter(entry, facts, own).cells()) for entry in entries]
    columns = [*HEADINGS, *sorted({column for _line, cells in written for column in cells} - set(HEADINGS))]
    rows = [(line, [cells.get(column) for column in columns]) for line, cells in written]
    return Table([heading_of_column(column) for column in columns], rows, line=0)


def settle_status(entry: ListEntry, entries: Sequence[ListEntry]) -> None:
    """Mark a vendor as ended whose activities in the list have all ended."""
    if entry.values.get("status") == Status.ENDED and "vendor_status" not in entry.values:
        mine = [each for each in entries if each.vendor == entry.vendor]
        if all(each.values.get("status") == Status.ENDED for each in mine):
            entry.values["vendor_status"] = Status.ENDED.value


class EntryWriter:
    """Writes one entry."""

    def __init__(self, entry: ListEntry, facts: RegisterFacts, own: bool) -> None:
        self.entry, self.facts, self.own = entry, facts, own
        self.today = localdate()

    def cells(self) -> Mapping[str, Cell]:
        entry = self.entry
        country = entry.countries[0] if entry.countries else ""
        elsewhere = [code for code in entry.countries[1:] if not self.is_third(code)]
        if elsewhere:
            entry.note(gettext("Also in: %(countries)s") % {"countries": ", ".join(elsewhere)})
        lines = list(self.transfers(country))
        cells: dict[str, Cell] = {
            **entry.values,
            "vendor": entry.vendor,
            "purpose": entry.purpose,
            "personal_data": entry.values.get("personal_data", ""),
            "country": country,
            "legal_ground": self.ground([label for label, _facts in lines if label]),
        }
        if any(values or not label for label, values in lines):
            cells[TRANSFER_COLUMN.key] = str(TRANSFER_LINES.write(lines))
        if entry.agreements:
            cells[AGREEMENT_COLUMN.key] = str(AGREEMENT_LINES.write(map(agreement_line, entry.agreements)))
        return cells

    def ground(self, labels: Sequence[str]) -> str:
        own = self.entry.values.get("legal_ground", "")
        basis = own or ", ".join(self.entry.bases)
        return legal_ground(basis, list(dict.fromkeys(labels)))

    def transfers(self, country: str) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield the transfers: each mechanism to each country that it may be for, and countries without one.

        A list of somebody else says that data go to a third country, and not always by what: that is a transfer
        without a mechanism.
        """
        entry = self.entry
        thirds = [code for code in entry.countries if self.is_third(code)]
        bare = list(thirds)
        mechanisms = [(code, self.facts.label(code)) for code in entry.mechanisms]
        mechanisms += [("", wording) for wording in entry.new_mechanisms]
        for place in thirds if entry.adequacy else ():
            code = self.facts.adequacy_of(place) or SOME_DECISION
            bare = [each for each in bare if each != place]
            yield self.facts.label(code), self.facts_of(place, country)
        for code, label in mechanisms:
            places = self.places_of(code, thirds) or ([country] if not entry.countries else [])
            if not places:
                entry.note(label)
            for place in places:
                bare = [each for each in bare if each != place]
                yield label, self.facts_of(place, country)
        for place in bare:
            if not self.own or place != country:
                yield "", self.facts_of(place, country)

    def places_of(self, code: str, thirds: Sequence[str]) -> Sequence[str]:
        """Return the third countries that a mechanism is for; all where it is for none of them in particular."""
        values = catalogue.mechanisms_by_code().get(code, {})
        named = str(values.get("countries", "")).split()
        return [place for place in thirds if place in named] or thirds

    def facts_of(self, place: str, country: str) -> dict[str, object]:
        facts: dict[str, Any] = {"country": place if place != country else ""}
        facts |= {"signed_on": self.entry.signed_on, "evidence_url": self.entry.evidence}
        return {name: value for name, value in facts.items() if value}

    def is_third(self, code: str) -> bool:
        return not any(period.holds(self.today) for period in periods().get(code, ()))


def agreement_line(agreement: AgreementLine) -> tuple[str, Mapping[str, object]]:
    values: dict[str, date | str | None] = {
        "reference": agreement.reference,
        "signed_on": agreement.signed_on,
        "valid_until": agreement.valid_until,
        "url": agreement.url,
    }
    kind = AgreementKind.PROCESSING if agreement.about_processing else AgreementKind.OTHER
    return kind, {name: value for name, value in values.items() if value}
