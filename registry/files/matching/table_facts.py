"""What holds for all rows of a table of a list: what its name says, and what its columns leave to be asked once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from registry.core.text import whole_number
from registry.files.formats.cells import as_text
from registry.files.matching import roles
from registry.files.matching.days import month_is_first, read_day
from registry.files.matching.intervals import likely_interval
from registry.files.matching.interview import Interview
from registry.files.matching.places import country_of
from registry.files.matching.questions import FILE, ROWS, VALUES, Question, key_of
from registry.files.matching.register_facts import RegisterFacts
from registry.files.matching.tables import FoundTable
from registry.files.matching.words import word_in

YES, NO, NOTHING = "yes", "no", "nothing"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"


class TableFacts:
    """Asks what has to be asked about a table before its rows are read."""

    def __init__(
        self, table: FoundTable, columns: Sequence[str], interview: Interview, facts: RegisterFacts, *, own: bool
    ) -> None:
        """``columns``: what each column holds. ``own``: the table has the columns of the register's own files."""
        self.table, self.columns, self.interview, self.facts, self.own = table, columns, interview, facts, own
        self.month_first = {place: self.has_month_first(place) for place in self.places(roles.DAYS)}
        self.mechanism = self.mechanism_of_title()
        self.ended = self.has_ended(table.title)
        self.interval = self.ask_interval() if roles.NEXT_REVIEW in columns else None
        self.purpose = "" if roles.PURPOSE in columns else self.ask_purpose()
        self.country = self.country_of(table.title)

    @property
    def name(self) -> str:
        return self.table.title or self.table.sheet

    def places(self, wanted: Iterable[str]) -> list[int]:
        """Return the indexes of the columns that hold one of these."""
        return [place for place, column in enumerate(self.columns) if column in wanted]

    def mechanism_of_title(self) -> str:
        """Return the code of the mechanism that the name of the table names: "Modul 2"."""
        code = self.facts.mechanism_of_module(self.name) or self.facts.mechanism_within(self.name)
        if self.own or not code:
            return ""
        question = Question(
            key_of("title_mechanism", self.name), ROWS, "title_mechanism", self.name, code, (code, NOTHING)
        )
        answer = self.interview.ask(question)
        return "" if answer == NOTHING else answer

    def has_ended(self, title: str) -> bool:
        """Return whether what stands under a title is no longer used."""
        if self.own or not title or not word_in("ended", title):
            return False
        question = Question(key_of("ended", title), ROWS, "ended", title, YES, (YES, NO))
        return self.interview.ask(question) == YES

    def country_of(self, title: str) -> str:
        """Return the country that a title names, where no column says where data are processed."""
        code = "" if roles.COUNTRY in self.columns or not title else country_of(title)
        if not code:
            return ""
        question = Question(key_of("title_country", title), ROWS, "title_country", title, YES, (YES, NO))
        return code if self.interview.ask(question) == YES else ""

    def ask_purpose(self) -> str:
        question = Question(
            key_of("purpose_of", self.name), FILE, "purpose_of", self.name, self.name, lines=(self.table.line,)
        )
        return self.interview.ask(question)

    def ask_interval(self) -> int | None:
        """Return how many months lie between reviews: a list says when the next one is, the register how often."""
        heading = self.table.headings[self.columns.index(roles.NEXT_REVIEW)]
        guess = likely_interval(self.days_and_next_reviews())
        question = Question(key_of("interval", heading), FILE, "interval", heading, str(guess))
        return whole_number(self.interview.ask(question).strip())

    def days_and_next_reviews(self) -> Iterator[tuple[date, date]]:
        starts = self.places({roles.AGREEMENT_SIGNED, roles.REVIEWED})
        ends = self.places({roles.NEXT_REVIEW})[:1]
        for _line, cells in self.table.rows:
            texts = [as_text(cells[place]) if place < len(cells) else "" for place in (*starts, *ends)]
            *days, until = map(read_day, texts)
            start = next(filter(None, days), None)
            if start and until:
                yield start, until

    def has_month_first(self, place: int) -> bool:
        texts = [as_text(cell) for cell in self.table.cells(place)]
        said = month_is_first(texts)
        if said is not None:
            return said
        heading = self.table.headings[place]
        samples = tuple(text for text in texts if "/" in text)[:3]
        options = DAY_FIRST, MONTH_FIRST
        question = Question(
            key_of("month_first", heading), VALUES, "month_first", heading, DAY_FIRST, options, samples=samples
        )
        return self.interview.ask(question) == MONTH_FIRST
