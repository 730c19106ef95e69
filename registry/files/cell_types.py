"""The types of cells: how values become cells, and cells become values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from registry.core import languages
from registry.core.text import text_key
from registry.document.problems import excerpt
from registry.files.formats.cells import Cell, as_text
from registry.history.change_sets import name_of
from registry.law import countries


class Unreadable(ValueError):
    """A cell that cannot be read. The text, in the active language, says what would be accepted."""


@dataclass(frozen=True)
class CellType:
    """How values of one type are written to a cell and read from it."""

    #: Raises ``Unreadable``.
    read: Callable[[Cell], Any]
    #: The labels of the possible values in the active language; None if values are written as they are.
    labels: Callable[[], Mapping[Any, str]] | None = None
    #: Converts values that are neither texts, numbers nor days.
    to_text: Callable[[Any], str] | None = None

    def write(self, value: Any) -> Cell:
        if self.to_text is not None:
            return self.to_text(value)
        return self.labels().get(value, value) if self.labels else value


def day_of_cell(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = as_text(cell)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10] if text.endswith("00:00:00") else text)
    except ValueError:
        raise Unreadable(_('"%(text)s" is not a day; write it as 2020-06-18') % {"text": excerpt(text)}) from None


def read_number(cell: Cell) -> int | None:
    text = as_text(cell)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Unreadable(_('"%(text)s" is not a whole number') % {"text": excerpt(text)})
    return int(text)


YES, NO = gettext_lazy("yes"), gettext_lazy("no")
#: The words that programs write for them.
TRUE, FALSE = pgettext_lazy("truth value", "true"), pgettext_lazy("truth value", "false")


@cache
def truth_values(codes: tuple[str, ...]) -> Mapping[str, bool]:
    """Return what is read as yes and as no in any of the languages, by text key."""
    known = {text_key(word): True for text in (YES, TRUE) for word in languages.spellings(text)}
    known |= {text_key(word): False for text in (NO, FALSE) for word in languages.spellings(text)}
    return known | {"true": True, "1": True, "false": False, "0": False, "": False}


def read_yes_no(cell: Cell) -> bool:
    try:
        return truth_values(languages.language_codes())[text_key(as_text(cell))]
    except KeyError:
        words = {
            "text": excerpt(as_text(cell)),
            "yes": languages.quoted_spellings(YES),
            "no": languages.quoted_spellings(NO),
        }
        raise Unreadable(_('"%(text)s" is neither yes (%(yes)s) nor no (%(no)s)') % words) from None


def yes_and_no() -> dict[bool, str]:
    return {True: str(YES), False: str(NO)}


def choice(choices: type[TextChoices], empty: str) -> CellType:
    """Return the type of cells with a choice, written as its label and read by any translation of it, or by value."""

    @cache
    def values_by_label(codes: tuple[str, ...]) -> Mapping[str, str]:
        known = {text_key(name): each.value for each in choices for name in languages.spellings(each.label)}
        return known | {text_key(value): value for value in choices.values}

    def read(cell: Cell) -> str:
        text = as_text(cell)
        if not text:
            return empty
        try:
            return values_by_label(languages.language_codes())[text_key(text)]
        except KeyError:
            accepted = ", ".join(str(label) for label in choices.labels)
            words = {"text": excerpt(text), "accepted": accepted}
            raise Unreadable(_('"%(text)s" is not known; write one of: %(accepted)s') % words) from None

    return CellType(read, labels=lambda: {value: str(label) for value, label in choices.choices})


def read_country(cell: Cell) -> str:
    text = as_text(cell)
    if not text:
        return ""
    country = countries.find(text)
    if country is None:
        nearest = ", ".join(countries.suggestions(text, languages.active_language())) or "SE"
        words = {"text": excerpt(text), "nearest": nearest}
        raise Unreadable(_('"%(text)s" is not a country; write a two-letter code such as %(nearest)s') % words)
    return country.code


#: How history names a person: "Full Name (user name)". User names hold no parentheses.
USER_NAME = re.compile(r"\(([^()]+)\)$")


def read_person(cell: Cell) -> str | None:
    text = as_text(cell)
    match = USER_NAME.search(text)
    return match[1] if match else text or None


def read_name(cell: Cell) -> str | None:
    return as_text(cell) or None


TEXT = CellType(as_text)
DAY = CellType(day_of_cell)
NUMBER = CellType(read_number)
YES_NO = CellType(read_yes_no, labels=yes_and_no)
COUNTRY = CellType(read_country)
#: Read as names, which are resolved when all rows are known: see ``importing.references``.
PERSON = CellType(read_person, to_text=lambda value: value if isinstance(value, str) else name_of(value))
VENDOR = CellType(read_name, to_text=str)
