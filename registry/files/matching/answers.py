"""Which answers can be taken, and how they are read. Pure: no Django."""

from __future__ import annotations

from registry.core.text import LONGEST_TEXT, unprintable, whole_number
from registry.files.matching.days import read_day
from registry.files.matching.places import read_places
from registry.files.matching.questions import Question

#: Months between reviews; zero: none.
LONGEST_INTERVAL = 120


def is_accepted(question: Question, answer: str) -> bool:
    """Return whether an answer is one of the options, or can be read."""
    if question.options:
        return answer in question.options
    if len(answer) > LONGEST_TEXT or unprintable(answer):
        return False
    if question.asks == "place" or question.about == "country":
        return not read_places(answer).unknown
    if question.asks == "day":
        return not answer.strip() or read_day(answer) is not None
    if question.asks == "interval":
        months = whole_number(answer.strip() or "0")
        return months is not None and months <= LONGEST_INTERVAL
    return question.asks not in {"purpose", "purpose_of", "purpose_blank"} or bool(answer.strip())


def countries_in(answer: str) -> list[str]:
    """Return the codes of the countries that an answer names."""
    return read_places(answer).codes
