"""Matching a query with names, best first. Pure: no Django.

Names are compared without case, accents and punctuation: "Malmo" finds "Malmö", and "privacy_shield" finds "Privacy
Shield". A word that occurs nowhere is treated as a typing error of the closest words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: Separates and surrounds the names of one entry; no folded name contains it.
NAME_SEPARATOR = "|"
#: Letters that Unicode does not decompose into a letter and an accent.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_SIGNS = re.compile(r"[\W_]+")
#: Longer queries are cut.
MOST_WORDS, MOST_LETTERS = 12, 200
#: How many words are considered for a typing error.
MOST_MEANT = 25


class Rank(IntEnum):
    EXACT = 1
    BEGINNING = 2
    WORD = 3
    CONTAINED = 4
    TEXT = 5
    SIMILAR = 6


def fold(text: str) -> str:
    """Return the text in lower case without accents and punctuation, words separated by one space. Idempotent."""
    text = text.casefold()
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
        text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SIGNS.sub(" ", text).strip()


def join_names(names: Iterable[str]) -> str:
    """Return folded names in the form of ``IndexEntry.names``."""
    folded = dict.fromkeys(filter(None, map(fold, names)))
    return f"{NAME_SEPARATOR}{NAME_SEPARATOR.join(folded)}{NAME_SEPARATOR}"


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An entry, or a former name of one."""

    kind: str
    key: int
    names: str
    #: Further texts, folded.
    text: str = ""
    #: The former name as in the history; empty for present names.
    former: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    rank: Rank
    entry: IndexEntry


class Query:
    def __init__(self, typed: str) -> None:
        self.text = fold(typed[:MOST_LETTERS])
        self.words = tuple(dict.fromkeys(self.text.split()))[:MOST_WORDS]
        self.squeezed = self.text.replace(" ", "")

    def matches(self, findables: Sequence[IndexEntry]) -> list[Match]:
        """Return the matches, best first; among equals present names before former ones, in the given order."""
        if not self.words:
            return []
        matches = [Match(rank, each) for each in findables if (rank := self.rank(each)) is not None]
        if meant := self.meant(findables):
            known = {id(match.entry) for match in matches}
            matches += [
                Match(Rank.SIMILAR, each) for each in findables if id(each) not in known and resembles(each, meant)
            ]
        return sorted(matches, key=lambda match: (match.rank, bool(match.entry.former)))

    def rank(self, each: IndexEntry) -> Rank | None:
        names = each.names
        if self.text in names:
            if f"{NAME_SEPARATOR}{self.text}{NAME_SEPARATOR}" in names:
                return Rank.EXACT
            if f"{NAME_SEPARATOR}{self.text}" in names:
                return Rank.BEGINNING
        if all(word in names for word in self.words):
            begun = all(f" {word}" in names or f"{NAME_SEPARATOR}{word}" in names for word in self.words)
            return Rank.WORD if begun else Rank.CONTAINED
        if len(self.squeezed) > 3 and self.squeezed in names.replace(" ", ""):
            return Rank.CONTAINED
        if each.text and all(word in names or word in each.text for word in self.words):
            return Rank.TEXT
        return None

    def meant(self, findables: Sequence[IndexEntry]) -> list[Collection[str]]:
        """Return the words that each word may mean; empty if no word looks like a typing error."""
        strange = [word for word in self.words if not any(word in each.names for each in findables)]
        if not strange:
            return []
        vocabulary = {word for each in findables for word in each.names.replace(NAME_SEPARATOR, " ").split()}
        meant: list[Collection[str]] = [similar(word, vocabulary) if word in strange else {word} for word in self.words]
        return meant if all(meant) else []


def similar(word: str, vocabulary: Collection[str]) -> set[str]:
    """Return the words that differ by one typing error, for long words by two."""
    slips = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    if not slips:
        return set()
    similar_words = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=MOST_MEANT)
    return {each for each, _distance, _place in similar_words}


def resembles(each: IndexEntry, meant: Iterable[Collection[str]]) -> bool:
    return all(any(word in each.names for word in words) for words in meant)
