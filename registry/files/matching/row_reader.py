"""Reading the rows of the tables of a list into entries; what a value means is asked, once for each distinct one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from registry.core.months import months_later
from registry.core.text import clean_text, whole_number
from registry.files.cell_types import DAY
from registry.files.columns import COLUMNS_BY_KEY
from registry.files.formats.cells import Cell, as_text
from registry.files.formats.grids import is_ditto
from registry.files.matching import roles
from registry.files.matching.answers import countries_in
from registry.files.matching.days import last_of_month, month_is_first, period, read_day
from registry.files.matching.entries import AgreementLine, Entry, joined
from registry.files.matching.grounds import GroundReader
from registry.files.matching.intervals import likely_interval
from registry.files.matching.interview import Interview
from registry.files.matching.markup import addresses_in, without_markup
from registry.files.matching.places import country_of, read_places, suggestions
from registry.files.matching.questions import FILE, ROWS, VALUES, Question, key_of
from registry.files.matching.register_facts import RegisterFacts
from registry.files.matching.tables import FoundTable
from registry.files.matching.words import is_empty, is_word, meanings, word_in
from registry.models import Status

YES, NO = "yes", "no"
ABOVE, DROP, PART = "above", "drop", "part"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
_REMARK_AT_END = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")


class RowReader:
    """Reads the rows of one table."""

    def __init__(
        self,
        table: FoundTable,
        columns: Sequence[str],
        interview: Interview,
        facts: RegisterFacts,
        *,
        own: bool,
    ) -> None:
        """``columns``: what each column holds. ``own``: the table has the columns of the register's own files."""
        self.table, self.columns, self.interview, self.facts, self.own = table, columns, interview, facts, own
        self.grounds = GroundReader(interview, facts)
        self.above: dict[int, str] = {}
        self.month_first = {place: self.has_month_first(place) for place in self.places(roles.DAYS)}
        self.mechanism = self.mechanism_of_title()
        self.ended = self.ask_ended(table.title) if table.title else False
        self.interval = self.ask_interval() if roles.NEXT_REVIEW in columns else None
        self.purpose = "" if roles.PURPOSE in columns else self.ask_purpose()
        self.country = "" if roles.COUNTRY in columns else self.country_of_title(table.title)

    def places(self, wanted: Iterable[str]) -> list[int]:
        return [place for place, column in enumerate(self.columns) if column in wanted]

    # --- what holds for the table -----------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.table.title or self.table.sheet

    def mechanism_of_title(self) -> str:
        """Return the mechanism that the name of the table names: "Modul 2"."""
        code = self.facts.mechanism_of_module(self.name) or self.facts.mechanism_within(self.name)
        if self.own or not code:
            return ""
        question = Question(
            key_of("title_mechanism", self.name), ROWS, "title_mechanism", self.name, code, (code, "nothing")
        )
        answer = self.interview.ask(question)
        return "" if answer == "nothing" else answer

    def ask_ended(self, title: str) -> bool:
        if self.own or not word_in("ended", title):
            return False
        question = Question(key_of("ended", title), ROWS, "ended", title, YES, (YES, NO))
        return self.interview.ask(question) == YES

    def ask_purpose(self) -> str:
        question = Question(
            key_of("purpose_of", self.name), FILE, "purpose_of", self.name, self.name, lines=(self.table.line,)
        )
        return self.interview.ask(question)

    def country_of_title(self, title: str) -> str:
        code = country_of(title) if title else ""
        if not code:
            return ""
        question = Question(key_of("title_country", title), ROWS, "title_country", title, YES, (YES, NO))
        return code if self.interview.ask(question) == YES else ""

    def ask_interval(self) -> int | None:
        pairs = list(self.days_and_next_reviews())
        heading = self.table.headings[self.columns.index(roles.NEXT_REVIEW)]
        guess = likely_interval(pairs)
        question = Question(key_of("interval", heading), FILE, "interval", heading, str(guess))
        return whole_number(self.interview.ask(question).strip())

    def days_and_next_reviews(self) -> Iterator[tuple[date, date]]:
        starts = self.places({roles.AGREEMENT_SIGNED, roles.REVIEWED})
        (ends,) = self.places({roles.NEXT_REVIEW})[:1]
        for _line, cells in self.table.rows:
            texts = [as_text(cells[place]) if place < len(cells) else "" for place in (*starts, ends)]
            *days, until = [read_day(text) for text in texts]
            start = next(filter(None, days), None)
            if start and until:
                yield start, until

    def has_month_first(self, place: int) -> bool:
        texts = [as_text(cell) for cell in self.table.cells(place)]
        said = month_is_first(texts)
        if said is not None:
            return said
        heading = self.table.headings[place]
        samples = [text for text in texts if "/" in text][:3]
        question = Question(
            key_of("month_first", heading),
            VALUES,
            "month_first",
            heading,
            DAY_FIRST,
            (DAY_FIRST, MONTH_FIRST),
            samples=samples,
        )
        return self.interview.ask(question) == MONTH_FIRST

    # --- rows -------------------------------------------------------------------------------------------------------

    def entries(self) -> Iterator[Entry]:
        for line, cells in self.table.rows:
            texts = [self.text(line, place, cell) for place, cell in enumerate(cells)]
            entry = self.entry(line, texts)
            if entry is not None:
                yield entry

    def text(self, line: int, place: int, cell: Cell) -> str:
        """Return the text of a cell; that of the cell above where the cell says so."""
        text = self.norway(line) if cell is False and self.columns[place] in roles.PLACES else as_text(cell)
        if is_ditto(text) and place in self.above:
            question = Question(key_of("ditto", text), VALUES, "ditto", text, ABOVE, (ABOVE, DROP, PART), lines=(line,))
            answer = self.interview.ask(question)
            text = self.above[place] if answer == ABOVE else text if answer == PART else ""
        self.above[place] = text
        return text

    def norway(self, line: int) -> str:
        """Return what "false" stands for in a column of countries: programs that write YAML turn NO into it."""
        question = Question(key_of("norway"), VALUES, "norway", "false", YES, (YES, NO), lines=(line,))
        return "NO" if self.interview.ask(question) == YES else ""

    def entry(self, line: int, texts: Sequence[str]) -> Entry | None:
        values: dict[str, list[tuple[int, str]]] = {}
        for place, (column, text) in enumerate(zip(self.columns, texts, strict=False)):
            values.setdefault(column, []).append((place, text))
        entry = Entry(line, self.table.sheet, "", self.purpose)
        entry.cells = {
            heading: text for heading, text in zip(self.table.headings, texts, strict=False) if heading and text
        }
        if self.country:
            entry.countries.append(self.country)
        section = self.table.sections.get(line, "")
        if self.ended or self.ask_ended(section):
            entry.values["status"] = Status.ENDED.value
        if code := self.country_of_title(section) if section and roles.COUNTRY not in self.columns else "":
            entry.countries.append(code)
        if self.mechanism:
            entry.mechanisms.append(self.mechanism)
        for column, cells in values.items():
            for place, text in cells:
                self.read(entry, column, place, text)
        return entry if any(texts) else None

    def read(self, entry: Entry, column: str, place: int, text: str) -> None:
        """Read one cell into the entry."""
        if column == roles.SKIP or column == roles.PRODUCT:
            return
        if self.own and column == roles.GROUND:
            entry.values[roles.GROUND] = text
            return
        text, addresses = without_markup(text)
        if column in roles.LINKS:
            addresses = addresses_in(text) or addresses
            text = addresses[0] if addresses else text
            self.read_link(entry, column, "" if is_empty(text) else text)
            addresses = addresses[1:]
        elif column == roles.VENDOR:
            entry.vendor = self.name_in(entry, text)
        elif column == roles.ENGAGED_BY:
            entry.values[column] = "" if is_empty(text) else self.name_in(entry, text)
        elif column == roles.PURPOSE:
            entry.purpose = self.purpose_in(entry.line, text)
        elif column in roles.PLACES:
            self.read_places(entry, column, text)
        elif column in roles.GROUNDS:
            self.read_grounds(entry, column, place, text)
        elif column in roles.DAYS or (column in COLUMNS_BY_KEY and COLUMNS_BY_KEY[column].type is DAY):
            self.read_day(entry, column, place, text)
        elif column == roles.PERIOD:
            for side, part in zip((roles.STARTED, roles.ENDED), period(text), strict=True):
                self.read_day(entry, side, place, part)
        elif column == roles.STATUS:
            self.read_status(entry, text)
        elif column == roles.AGREEMENT_REFERENCE:
            self.read_agreement(entry, place, text)
        elif self.own or not is_empty(text):
            entry.values[column] = joined([entry.values.get(column, ""), text], "\n") if text else text
        for address in addresses:
            entry.note(address)

    def name_in(self, entry: Entry, text: str) -> str:
        """Return a name on one line; what stands in parentheses at its end may be a remark."""
        name = " ".join(clean_text(text).split())
        found = _REMARK_AT_END.search(name)
        if found is None:
            return name
        remark = found[1]
        if word_in("ended", remark):
            question = Question(
                key_of("ended_remark", remark), VALUES, "ended_remark", remark, YES, (YES, PART), lines=(entry.line,)
            )
            if self.interview.ask(question) == YES:
                entry.values["status"] = Status.ENDED.value
                return name[: found.start()]
        elif is_word("remark", remark):
            question = Question(
                key_of("remark", remark), VALUES, "remark", remark, DROP, (DROP, PART), lines=(entry.line,)
            )
            if self.interview.ask(question) == DROP:
                return name[: found.start()]
        return name

    def purpose_in(self, line: int, text: str) -> str:
        if self.own or not is_word("no_purpose", text):
            return text
        question = Question(key_of("purpose", text), VALUES, "purpose", text, text, lines=(line,))
        return self.interview.ask(question)

    def read_places(self, entry: Entry, column: str, text: str) -> None:
        found = read_places(text, self.facts.is_mechanism)
        codes = list(found.codes)
        for unknown in found.unknown:
            codes += [code for code in self.ask_place(entry.line, unknown) if code not in codes]
        entry.mechanisms += [code for code in map(self.facts.mechanism, found.mechanisms) if code]
        if column == roles.COUNTRY:
            entry.countries += [code for code in codes if code not in entry.countries]
        elif codes:
            entry.values[column] = codes[0]
        for remark in found.remarks:
            entry.note(remark)

    def ask_place(self, line: int, text: str) -> list[str]:
        """Return the codes of the countries that a person says are meant; none: the place stays open."""
        hints = suggestions(text)
        guess = hints[0] if len(hints) == 1 else ""
        question = Question(
            key_of("place", text),
            VALUES,
            "place",
            text,
            guess,
            lines=(line,),
            hints=hints,
        )
        return countries_in(self.interview.ask(question))

    def read_grounds(self, entry: Entry, column: str, place: int, text: str) -> None:
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

    def read_day(self, entry: Entry, column: str, place: int, text: str) -> None:
        if is_empty(text):
            return
        day = read_day(text, month_first=self.month_first.get(place, False))
        if day is None:
            last = last_of_month(text)
            question = Question(
                key_of("day", text), VALUES, "day", text, last.isoformat() if last else "", lines=(entry.line,)
            )
            day = read_day(self.interview.ask(question))
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

    def set_review(self, entry: Entry, due: date | None) -> None:
        """Record when a vendor is due: by the interval, and by the last review that it counts from."""
        if self.interval:
            entry.values["vendor_review"] = str(self.interval)
            if due is not None:
                entry.values[roles.REVIEWED] = months_later(due, -self.interval).isoformat()

    def read_status(self, entry: Entry, text: str) -> None:
        if word_in("ended", text):
            entry.values[roles.STATUS] = Status.ENDED.value
        elif word_in("active", text):
            entry.values.setdefault(roles.STATUS, Status.ACTIVE.value)
        elif not is_empty(text):
            if self.own:
                entry.values[roles.STATUS] = text
                return
            question = Question(
                key_of("status", text),
                VALUES,
                "status",
                text,
                "note",
                (Status.ACTIVE.value, Status.ENDED.value, "note"),
                lines=(entry.line,),
            )
            answer = self.interview.ask(question)
            if answer == "note":
                entry.note(text)
            else:
                entry.values[roles.STATUS] = answer

    def read_link(self, entry: Entry, column: str, address: str) -> None:
        if not address:
            return
        if column == roles.TRANSFER_EVIDENCE:
            entry.evidence = address
        elif column == roles.AGREEMENT_URL:
            self.agreement(entry).url = address
        else:
            entry.values[column] = address

    def read_agreement(self, entry: Entry, place: int, text: str) -> None:
        if is_empty(text):
            return
        agreement = self.agreement(entry)
        agreement.about_processing = is_about_processing(f"{self.table.headings[place]}: {text}")
        agreement.reference = "" if is_word("yes", text) else joined([agreement.reference, text], ", ")

    def agreement(self, entry: Entry) -> AgreementLine:
        """Return the agreement that the columns about one tell of: a data processing agreement by their headings."""
        if not entry.agreements:
            headings = (self.table.headings[place] for place in self.places(roles.OF_AGREEMENTS))
            entry.agreements.append(AgreementLine(any(map(is_about_processing, headings))))
        return entry.agreements[0]


def is_about_processing(text: str) -> bool:
    """Return whether a text such as "DPA of 2024" or "AVV-Datum" names a data processing agreement."""
    word = word_in("agreement", text.replace("-", " ")) or word_in("agreement", text)
    return meanings("agreement").get(word) == "processing"
