"""Values and cells of tables: how a value of a kind is written into a cell, and read from one again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from registry import countries
from registry.document.problems import shown
from registry.exchange.cells import Cell, as_text
from registry.models.changes import name_of
from registry.text import text_key


class Unreadable(ValueError):
    """A cell that cannot be taken. The text says what would be accepted."""


@dataclass(frozen=True)
class Kind:
    """How values of a kind are written into a cell and read from it."""

    read: Callable[[Cell], Any]
    #: The few values that there are, as people read them in the language of the moment; None: any, as they are.
    words: Callable[[], Mapping[Any, str]] | None = None
    #: How values become a text, where they are none.
    text: Callable[[Any], str] | None = None

    def write(self, value: Any) -> Cell:
        if self.text is not None:
            return self.text(value)
        return self.words().get(value, value) if self.words else value


def read_day(cell: Cell) -> date | None:
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
        raise Unreadable(_('"%(text)s" is not a day; write it as 2020-06-18') % {"text": shown(text)}) from None


def read_number(cell: Cell) -> int | None:
    text = as_text(cell)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Unreadable(_('"%(text)s" is not a whole number') % {"text": shown(text)})
    return int(text)


YES, NO = {"ja", "yes", "true", "sant", "1"}, {"nej", "no", "false", "falskt", "0", ""}


def read_yes_no(cell: Cell) -> bool:
    key = text_key(as_text(cell))
    if key in YES:
        return True
    if key in NO:
        return False
    raise Unreadable(_('"%(text)s" is neither yes ("ja", "yes") nor no ("nej", "no")') % {"text": shown(as_text(cell))})


def yes_and_no() -> dict[bool, str]:
    return {True: _("yes"), False: _("no")}


def choice(choices: Any, empty: str) -> Kind:
    """A choice is written as people read it, and read by its label in either language, or by its code."""

    @cache
    def labels() -> dict[str, str]:
        known: dict[str, str] = {}
        for language in ("sv", "en"):
            with translation.override(language):
                known |= {text_key(str(label)): value for value, label in choices.choices}
        return known | {text_key(value): value for value in choices.values}

    def read(cell: Cell) -> str:
        text = as_text(cell)
        if not text:
            return empty
        try:
            return labels()[text_key(text)]
        except KeyError:
            accepted = ", ".join(str(label) for label in choices.labels)
            words = {"text": shown(text), "accepted": accepted}
            raise Unreadable(_('"%(text)s" is not known; write one of: %(accepted)s') % words) from None

    return Kind(read, words=lambda: {value: str(label) for value, label in choices.choices})


def read_country(cell: Cell) -> str:
    text = as_text(cell)
    if not text:
        return ""
    country = countries.find(text)
    if country is None:
        nearest = ", ".join(countries.suggestions(text)) or "SE"
        words = {"text": shown(text), "nearest": nearest}
        raise Unreadable(_('"%(text)s" is not a country; write a two-letter code such as %(nearest)s') % words)
    return country.code


#: How history names a person: "Full Name (user name)". User names hold no parentheses.
USER_NAME = re.compile(r"\(([^()]+)\)$")


def read_person(cell: Cell) -> str | None:
    text = as_text(cell)
    found = USER_NAME.search(text)
    return found[1] if found else text or None


def read_name(cell: Cell) -> str | None:
    return as_text(cell) or None


TEXT = Kind(as_text)
DAY = Kind(read_day)
NUMBER = Kind(read_number)
YES_NO = Kind(read_yes_no, words=yes_and_no)
COUNTRY = Kind(read_country)
#: Read as names; who and what they stand for is found out when all rows are known.
PERSON = Kind(read_person, text=lambda value: value if isinstance(value, str) else name_of(value))
VENDOR = Kind(read_name, text=str)
