"""The words of words.csv: how lists name columns, empty cells, regions and what has ended. Pure: no Django."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from registry.core.text import clean_text, text_key

FILE = Path(__file__).with_name("words.csv")
#: Characters around a heading that say nothing: "Leverantör*", "Orsak:", "2. Land".
_AROUND = re.compile(r"^(?:\d+\s*[.)]\s*)?[\s*:†‡_]*|[\s*:†‡_.]*$")
_REMARK = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_WORDS = re.compile(r"[\w-]+|\?")
#: Characters around a value that say nothing.
_PUNCTUATION = " .,;:*!()[]"


@cache
def meanings(kind: str) -> Mapping[str, str]:
    """Return what the words of a kind mean, by text key."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for row in csv.DictReader(lines):
            found[row["kind"]].setdefault(text_key(row["word"]), row["means"])
    return found[kind]


def is_word(kind: str, text: str) -> bool:
    """Return whether a text is one of the words of a kind."""
    known = meanings(kind)
    key = text_key(text)
    return key in known or key.strip(_PUNCTUATION) in known


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    longest_first = sorted(meanings(kind), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def word_in(kind: str, text: str) -> str:
    """Return the longest word of a kind that a text contains, empty where it contains none."""
    return max(_pattern(kind).findall(text_key(text)), key=len, default="")


def is_empty(text: str) -> bool:
    """Return whether a cell says that there is nothing: "–", "N/A (within the EU)", "fehlt"."""
    key = text_key(text)
    return not key.strip(_PUNCTUATION) or is_word("empty", key) or is_word("empty", _REMARK.sub("", key))


def without_remark(text: str) -> str:
    """Return a text without what stands in parentheses."""
    return _REMARK.sub("", text).strip()


def remark_of(text: str) -> str:
    """Return what stands in the last parentheses of a text, empty without any."""
    found = _REMARK.findall(text)
    return found[-1].strip(" ()[]") if found else ""


def words_of(text: str) -> list[str]:
    """Return the words of a text, as text keys."""
    return _WORDS.findall(text_key(text))


def heading_keys(heading: str) -> Iterator[str]:
    """Yield the keys by which a heading may be known, the most exact first."""
    whole = clean_text(heading)
    first_line = whole.split("\n", 1)[0]
    for text in (whole, first_line, _REMARK.sub("", first_line), *_REMARK.sub("", first_line).split("/")):
        yield text_key(text)
        yield text_key(_AROUND.sub("", text_key(text)))
