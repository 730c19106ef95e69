"""The order of names in the alphabet of a language. Pure: no Django.

``reference/letters.csv`` lists how letters sort: in every language (``root``), and where a language differs. The signs
``{ | } ~`` stand for letters after z. A language that is not listed sorts as English does: å as a, ö as o. The order
follows Unicode's collation (CLDR) for the characters of names; accents and case do not count.
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

#: Signs sort before digits, and digits before letters. The signs of a group sort as one.
SIGNS = (
    *(" ", "_", "-‐–—", ",", ";", ":", "!", "?", ".…", "'‘’´", '"“”„«»', *"()[]{}", "§¶", *"@*/\\&#%", "†•"),
    *(*"`^", "°©®", "+", "±÷×", *"<=>|~", "$€£¥¢¤"),
)
#: The ranks of signs, between ``END`` and the digits.
_RANKS = {sign: chr(number) for number, group in enumerate(SIGNS, start=2) for sign in group}
#: Separates the sort key from the text itself, which orders equal keys. Sorts before everything else.
END = "\x01"
#: Combining accents.
ACCENTS = "[\u0300-\u036f]"
_ACCENTS = re.compile(ACCENTS)


@dataclass(frozen=True)
class Alphabet:
    """How letters sort: ``expanded`` as several letters, ``single`` (signs too) as one."""

    expanded: Mapping[str, str]
    single: Mapping[str, str]

    @property
    def of_ascii(self) -> Alphabet:
        """Return the part of the alphabet that ASCII texts need."""
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
    """Return the sort key of a text in normal form, compared character by character. Different texts differ in it."""
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
