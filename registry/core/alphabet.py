"""The order of names in the alphabet of a language. Pure: no Django.

``reference/letters.csv`` says how a letter sorts: in every language (``root``), and where one of them differs. The
signs ``{ | } ~`` stand for letters after z. A language without lines of its own sorts as English does: å with a, ö
with o. The order is that of Unicode's collation (CLDR) for what names are made of; accents and case do not count.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[1] / "reference" / "letters.csv"

#: Signs stand before digits, and those before letters; in this order, those of a group as one.
SIGNS = (
    *(" ", "_", "-‐–—", ",", ";", ":", "!", "?", ".…", "'‘’´", '"“”„«»', *"()[]{}", "§¶", *"@*/\\&#%", "†•"),
    *(*"`^", "°©®", "+", "±÷×", *"<=>|~", "$€£¥¢¤"),
)
#: The ranks of signs: below every digit, above ``END``.
_RANKS = {sign: chr(number) for number, group in enumerate(SIGNS, start=2) for sign in group}
#: Stands between the key and the text itself, which decides between equals: below everything else.
END = "\x01"
#: The accents that a letter can carry, apart from it.
ACCENTS = "[\u0300-\u036f]"
_ACCENTS = re.compile(ACCENTS)


@dataclass(frozen=True)
class Alphabet:
    """``expanded``: letters that sort as several; ``single``: signs and letters that sort as one."""

    expanded: Mapping[str, str]
    single: Mapping[str, str]

    @property
    def of_ascii(self) -> Alphabet:
        """As far as texts of nothing but ASCII need it."""
        return Alphabet(
            {letter: other for letter, other in self.expanded.items() if letter.isascii()},
            {letter: other for letter, other in self.single.items() if letter.isascii()},
        )


@cache
def alphabet_of(language: str) -> Alphabet:
    """Return the alphabet of a language code, such as ``sv`` or ``sv-fi``."""
    letters = _letters()
    sorts_as = {**letters["root"], **letters[language.partition("-")[0].lower()]}
    sorts_as |= {letter.upper(): other for letter, other in sorts_as.items() if len(letter.upper()) == len(letter)}
    single = {letter: other for letter, other in sorts_as.items() if len(letter) == len(other) == 1}
    expanded = {letter: other for letter, other in sorts_as.items() if letter not in single}
    return Alphabet(expanded, _RANKS | single)


def _letters() -> Mapping[str, dict[str, str]]:
    letters: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            letters[row["language"]][row["letter"]] = row["sorts_as"]
    return letters


def order_of(text: str, language: str) -> str:
    """Return what a text in its normal form is compared by, character by character. No two texts have one key."""
    alphabet = alphabet_of(language)
    key = text.lower().translate(_table(language))
    for letter, other in alphabet.expanded.items():
        key = key.replace(letter, other)
    if not key.isascii():
        key = _ACCENTS.sub("", unicodedata.normalize("NFD", key))
    return f"{key}{END}{text}"


@cache
def _table(language: str) -> dict[int, str]:
    return str.maketrans(dict(alphabet_of(language).single))
