"""What a list of somebody else leaves open. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.core.text import text_key

#: The parts of the page, in its order.
ROWS, COLUMNS, VALUES, SAME, FILE = "rows", "columns", "values", "same", "file"
PARTS = (ROWS, COLUMNS, VALUES, SAME, FILE)
#: Lines that a question names.
MOST_LINES = 5


@dataclass(frozen=True)
class Question:
    """Something that the file does not say. An answer is a text: a code of the options, or what a person writes."""

    #: The same thing in another file has the same key.
    key: str
    part: str
    #: What is asked: a code whose words are in ``registry.web.matching.wording``.
    asks: str
    #: The value in the file, or the name of the table or column, that it is about.
    about: str
    guess: str = ""
    #: The codes of the possible answers; empty where a person writes.
    options: Sequence[str] = ()
    #: Nothing speaks against the guess: it need not be asked, and is shown with the rest.
    sure: bool = False
    lines: Sequence[int] = ()
    #: First values of a column, or what helps to answer.
    samples: Sequence[str] = ()
    #: Likely answers.
    hints: Sequence[str] = ()


def key_of(kind: str, *parts: object) -> str:
    """Return the key of a question."""
    return ":".join((kind, *(text_key(str(part)) for part in parts)))


def numbers_to_name(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(numbers)))[:MOST_LINES]
