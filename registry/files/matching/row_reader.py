"""Reading the rows of a table of a list into entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from registry.core.months import months_later
from registry.core.organisations import has_legal_form
from registry.files.cell_types import DAY
from registry.files.columns import COLUMNS_BY_KEY
from registry.files.formats.cells import Cell, as_text
from registry.files.formats.grids import is_ditto
from registry.files.matching import roles
from registry.files.matching.days import period, read_day
from registry.files.matching.entries import AgreementLine, ListEntry, joined_once
from registry.files.matching.grounds import GroundReader
from registry.files.matching.markup import addresses_in, without_markup
from registry.files.matching.places import country_of, read_places
from registry.files.matching.table_facts import TableFacts
from registry.files.matching.value_questions import NOTE, ValueQuestions
from registry.files.matching.words import is_empty, is_word, meanings, word_in
from registry.models import Status

_BETWEEN_VENDORS = re.compile(r"\s*[;\n]\s*")
DAY_COLUMNS = roles.DAYS | {column.key for column in COLUMNS_BY_KEY.values() if column.type is DAY}


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, table: TableFacts) -> None:
        self.about, self.table, self.columns, self.own = table, table.table, table.columns, table.own
        self.asks = ValueQuestions(table.interview)
        self.grounds = GroundReader(table.interview, table.facts)
        #: The texts of the row above, by the index of the column.
        self.above: dict[int, str] = {}
        self.vendor_above = ""
        #: Rows that are about no vendor.
        self.passed: list[tuple[str, int, str]] = []

    def entries(self) -> Iterator[ListEntry]:
        for line, cells in self.table.rows:
            texts = [self.text(line, place, cell) for place, cell in enumerate(cells)]
            if any(texts):
                entry = self.entry(line, texts)
                is_total = not self.own and any(is_total_row(text) for text in texts)
                if is_total or (not self.own and is_empty(entry.vendor)):
                    entry.vendor = self.asks.without_vendor(self.vendor_above, line, is_total=is_total)
                if not self.own and not entry.vendor:
                    self.passed.append((self.table.sheet, line, " | ".join(filter(None, texts))))
                    continue
                self.vendor_above = entry.vendor
                yield from self.one_for_each_vendor(entry)

    def one_for_each_vendor(self, entry: ListEntry) -> Iterator[ListEntry]:
        """Yield the entry, or one for each of several vendors in its cell, where they are several."""
        names = [] if self.own else vendors_in(entry.vendor)
        if len(names) < 2 or not self.asks.are_several_vendors(entry.vendor, entry.line):
            entry.vendor = " ".join(entry.vendor.split())
            yield entry
            return
        for number, name in enumerate(names):
            own = entry.copy()
            own.vendor, _ended = self.asks.name(name, entry.line)
            if len(entry.countries) == len(names):
                own.countries = [entry.countries[number]]
            yield own

    def text(self, line: int, place: int, cell: Cell) -> str:
        """Return the text of a cell; that of the cell above where the cell says so."""
        if cell is False and self.columns[place] in roles.PLACES:
            return self.asks.norway(line)
        text = as_text(cell)
        if place in self.above and is_ditto(text):
            text = self.asks.ditto(text, self.above[place], line)
        self.above[place] = text
        return text

    def entry(self, line: int, texts: Sequence[str]) -> ListEntry:
        entry = ListEntry(line, self.table.sheet, "", self.about.purpose)
        entry.cells = {
            heading: text for heading, text in zip(self.table.headings, texts, strict=False) if heading and text
        }
        section = self.table.sections.get(line, "")
        entry.countries += dict.fromkeys(filter(None, (self.about.country, self.about.country_of(section))))
        if self.about.ended or self.about.has_ended(section) or self.is_struck_out(line):
            entry.values[roles.STATUS] = Status.ENDED.value
        if self.about.mechanism:
            entry.mechanisms.append(self.about.mechanism)
        for place, (column, text) in enumerate(zip(self.columns, texts, strict=False)):
            self.read(entry, column, place, text)
        return entry

    def is_struck_out(self, line: int) -> bool:
        """Return whether the vendor of a row is struck out, and that means that it has ended."""
        places = (None, *self.about.places({roles.VENDOR}))
        struck = not self.own and any((line, place) in self.table.struck for place in places)
        return struck and self.asks.struck_out_has_ended(line)

    def read(self, entry: ListEntry, column: str, place: int, text: str) -> None:
        """Read one cell into the entry."""
        if column in {roles.SKIP, roles.PRODUCT}:
            return
        if self.own and column == roles.GROUND:
            entry.values[roles.GROUND] = text
            return
        text, addresses = without_markup(text)
        if column in roles.LINKS:
            addresses = addresses_in(text) or addresses
            self.read_link(entry, column, "" if is_empty(text) else (addresses or [text])[0])
            addresses = addresses[1:]
        elif column == roles.VENDOR:
            entry.vendor, ended = self.asks.name(text, entry.line)
            if ended:
                entry.values[roles.STATUS] = Status.ENDED.value
        elif column == roles.PURPOSE:
            entry.purpose = text if self.own else self.asks.purpose(text, entry.line)
        elif column in roles.PLACES:
            self.read_places(entry, column, text)
        elif column in roles.GROUNDS:
            self.read_grounds(entry, column, place, text)
        elif column in DAY_COLUMNS:
            self.read_day(entry, column, place, text)
        elif column == roles.PERIOD:
            for side, part in zip((roles.STARTED, roles.ENDED), period(text), strict=True):
                self.read_day(entry, side, place, part)
        elif column == roles.STATUS:
            self.read_status(entry, text)
        elif column == roles.AGREEMENT_REFERENCE:
            self.read_agreement(entry, place, text)
        elif column == roles.POSTAL:
            self.read_address(entry, text)
        elif column == roles.OWNER and not self.own:
            self.read_owner(entry, place, text)
        elif self.own or not is_empty(text):
            self.read_text(entry, column, text)
        for address in addresses:
            entry.note(address)

    def read_text(self, entry: ListEntry, column: str, text: str) -> None:
        if column == roles.ENGAGED_BY:
            text, _ended = self.asks.name(text, entry.line)
        entry.values[column] = (
            joined_once([entry.values.get(column, ""), text], "\n") if column in roles.PROSE else text
        )

    def read_address(self, entry: ListEntry, text: str) -> None:
        """Keep an address in the notes; the country that it ends with is the seat."""
        if is_empty(text):
            return
        self.read_text(entry, roles.VENDOR_NOTES, text)
        last = text.replace(",", "\n").strip().rpartition("\n")[2]
        if code := country_of(last.strip()):
            entry.values.setdefault(roles.SEAT, code)

    def read_owner(self, entry: ListEntry, place: int, text: str) -> None:
        """Take somebody who is a user as the owner, and keep others in the notes on the vendor."""
        if text in self.about.facts.user_names:
            entry.values[roles.OWNER] = text
        elif not is_empty(text):
            self.read_text(entry, roles.VENDOR_NOTES, f"{self.table.headings[place]}: {text}")

    def read_places(self, entry: ListEntry, column: str, text: str) -> None:
        found = read_places(text, self.about.facts.is_mechanism)
        codes = list(found.codes)
        for unknown in found.unknown:
            codes += [code for code in self.asks.places(unknown, entry.line) if code not in codes]
        entry.mechanisms += map(self.about.facts.mechanism, found.mechanisms)
        if column == roles.COUNTRY:
            entry.countries += [code for code in codes if code not in entry.countries]
        elif codes:
            entry.values[column] = codes[0]
        for remark in found.remarks:
            entry.note(remark)

    def read_grounds(self, entry: ListEntry, column: str, place: int, text: str) -> None:
        grounds = self.grounds.read(text, column, entry.line)
        entry.bases += [each for each in grounds.bases if each not in entry.bases]
        entry.mechanisms += [each for each in grounds.mechanisms if each not in entry.mechanisms]
        entry.new_mechanisms += [each for each in grounds.new_mechanisms if each not in entry.new_mechanisms]
        entry.adequacy = entry.adequacy or grounds.adequacy
        entry.agreements += [
            AgreementLine(is_about_processing(agreement), reference=agreement) for agreement in grounds.agreements
        ]
        if grounds.notes:
            entry.note(f"{self.table.headings[place]}: {', '.join(grounds.notes)}")

    def read_day(self, entry: ListEntry, column: str, place: int, text: str) -> None:
        if is_empty(text):
            return
        day = read_day(text, month_first=self.about.month_first.get(place, False)) or self.asks.day(text, entry.line)
        if column == roles.NEXT_REVIEW:
            self.set_review(entry, day)
        elif day is None:
            return
        elif column == roles.TRANSFER_SIGNED:
            entry.signed_on = day
        elif column == roles.AGREEMENT_SIGNED:
            self.agreement(entry).signed_on = day
        elif column == roles.AGREEMENT_UNTIL:
            self.agreement(entry).valid_until = day
        else:
            entry.values[column] = day.isoformat()

    def set_review(self, entry: ListEntry, due: date | None) -> None:
        """Record when a vendor is due: by the interval, and by the last review that it counts from."""
        if self.about.interval:
            entry.values["vendor_review"] = str(self.about.interval)
            if due is not None:
                entry.values[roles.REVIEWED] = months_later(due, -self.about.interval).isoformat()

    def read_status(self, entry: ListEntry, text: str) -> None:
        if is_empty(text):
            return
        if self.own:
            entry.values[roles.STATUS] = text
        elif word := word_in("ended", text):
            entry.values[roles.STATUS] = Status.ENDED.value
            if len(text) > len(word):  # "Removed 2024-01-01"
                entry.note(text)
        elif word_in("active", text):
            entry.values.setdefault(roles.STATUS, Status.ACTIVE.value)
        else:
            answer = self.asks.status(text, entry.line, (Status.ACTIVE.value, Status.ENDED.value))
            if answer == NOTE:
                entry.note(text)
            else:
                entry.values[roles.STATUS] = answer

    def read_link(self, entry: ListEntry, column: str, address: str) -> None:
        if not address:
            return
        if column == roles.TRANSFER_EVIDENCE:
            entry.evidence = address
        elif column == roles.AGREEMENT_URL:
            self.agreement(entry).url = address
        else:
            entry.values[column] = address

    def read_agreement(self, entry: ListEntry, place: int, text: str) -> None:
        if is_empty(text):
            return
        if word_in("denial", text):
            entry.note(f"{self.table.headings[place]}: {text}")
            return
        agreement = self.agreement(entry)
        agreement.about_processing = is_about_processing(f"{self.table.headings[place]}: {text}")
        if addresses := addresses_in(text):
            agreement.url = addresses[0]
        elif not is_word("yes", text):
            agreement.reference = joined_once([agreement.reference, text], ", ")

    def agreement(self, entry: ListEntry) -> AgreementLine:
        """Return the agreement that the columns about one tell of: a data processing agreement by their headings."""
        if not entry.agreements:
            headings = (self.table.headings[place] for place in self.about.places(roles.OF_AGREEMENTS))
            entry.agreements.append(AgreementLine(any(map(is_about_processing, headings))))
        return entry.agreements[0]


def is_total_row(text: str) -> bool:
    """Return whether a cell begins with a word such as "Total:"."""
    return is_word("total", text.partition(":")[0]) or is_word("total", text.split(" ", 1)[0].rstrip(":"))


def vendors_in(text: str) -> list[str]:
    """Return the names in a cell that divides them by semicolons or lines, each with a legal form of its own."""
    names = [name.strip() for name in _BETWEEN_VENDORS.split(text) if name.strip()]
    return names if sum(map(has_legal_form, names)) > 1 else [text]


def is_about_processing(text: str) -> bool:
    """Return whether a text such as "DPA of 2024" or "AVV-Datum" names a data processing agreement."""
    word = word_in("agreement", text.replace("-", " ")) or word_in("agreement", text)
    return meanings("agreement").get(word) == "processing"
