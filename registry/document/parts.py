"""What a document consists of, what its columns are called, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry.text import text_key


@dataclass(frozen=True, slots=True)
class Row:
    vendor: str
    purpose: str
    personal_data: str
    country: str
    #: Empty where none is stated.
    legal_basis: str = ""
    mechanisms: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    title: str = ""
    dated: date | None = None
    heading: str = ""
    introduction: str = ""
    closing: str = ""
    #: Each page is printed under its own column headings; none is empty.
    pages: tuple[tuple[Row, ...], ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for page in self.pages for row in page)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its heading in Swedish, as the document prints it, in English, and what others call it."""

    sv: str
    en: str
    also: tuple[str, ...] = ()


HEADINGS: Mapping[str, Heading] = {
    "vendor": Heading("Leverantör", "Vendor", ("Biträde", "Personuppgiftsbiträde", "Processor", "Supplier")),
    "purpose": Heading("Orsak", "Purpose", ("Ändamål",)),
    "personal_data": Heading("Uppgifter", "Personal data", ("Personuppgifter", "Data")),
    "country": Heading("Land", "Country"),
    "legal_ground": Heading("Laglig grund", "Legal basis", ("Rättslig grund", "Legal ground")),
}
_COLUMNS = {
    text_key(name): column
    for column, heading in HEADINGS.items()
    for name in (heading.sv, heading.en, *heading.also)
}


def column_of(heading: str) -> str | None:
    return _COLUMNS.get(text_key(heading))


#: What can be wrong, and what would be right. The words are translated where people read them.
MESSAGES: Mapping[str, str] = {
    "encoding": "the text is neither UTF-8, UTF-16 nor Windows-1252; save it as UTF-8",
    "unprintable": "the character U+%(number)s cannot be kept in the register; delete it",
    "quotation": (
        "a cell begins with a quotation mark but is not a quoted cell; put one mark at each end and double those inside"
    ),
    "no_heading_row": "there is no row of column headings; it needs %(columns)s",
    "unknown_column": 'unknown column "%(heading)s"; known are %(columns)s',
    "missing_column": 'the column "%(column)s" is missing; the row of headings needs %(columns)s',
    "column_twice": 'the column "%(heading)s" is there twice; delete one',
    "text_in_columns": "text before the table stands in one cell, not in %(found)s",
    "impossible_date": "the title's date %(value)s is no day of the calendar; write it as 2020-06-18",
    "cell_count": "%(found)s cells where there should be %(expected)s; check the tabs",
    "empty": 'the cell "%(column)s" is empty; every row needs one',
    "unknown_country": 'unknown country "%(value)s"; write a two-letter code such as %(nearest)s',
    "row_twice": 'the same vendor and purpose as on line %(first)s; keep one of the two rows',
    "two_spellings": 'the vendor "%(value)s" is spelled "%(other)s" on line %(first)s; spell it one way',
    "row_after_closing": "a row after the closing sentence on line %(closing)s; move it into the table",
    "empty_ground": 'nothing stands beside a plus sign in "%(value)s"; write "basis + mechanism"',
    "mechanism_twice": '"%(value)s" names the same mechanism twice; name it once',
    "invalid_cell": "%(why)s",
    "unreadable_file": "this is not a readable %(format)s file; perhaps it is damaged, protected or of another format",
    "unreadable_row": "the quotation marks of this row do not match; put one at each end of a cell and double those inside",
    "not_a_list_of_entries": "the file is not a list of entries, each with the columns as its names",
    "nested_value": 'the value of "%(heading)s" is a list or an object; write plain text',
    "conflict": 'the column "%(column)s" says "%(value)s" here and "%(other)s" on line %(first)s for the same vendor',
}


@dataclass(frozen=True)
class Problem:
    line: int
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    column: str | None = None

    @property
    def template(self) -> str:
        return MESSAGES[self.code]

    @property
    def message(self) -> str:
        return self.template % self.params


class DocumentProblems(Exception):
    """Everything that is wrong with a file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(f"line {problem.line}: {problem.message}" for problem in self.problems))


def column_names() -> str:
    return ", ".join(f"{heading.sv} ({heading.en})" for heading in HEADINGS.values())
