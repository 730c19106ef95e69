"""What a list of somebody else leaves open, and the answers. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
    #: What is asked: a code whose words are in ``registry.web.import_questions``.
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


@dataclass
class Interview:
    """Asks the questions of one file, each once, and gives the answers to those who ask.

    ``answers`` are those of a person, by the key of the question.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)

    def ask(self, question: Question) -> str:
        """Return the answer, or the guess where nobody has answered yet."""
        known = self.questions.get(question.key)
        if known is None:
            self.questions[question.key] = question
        elif question.lines and len(known.lines) < MOST_LINES:
            lines = tuple(dict.fromkeys((*known.lines, *question.lines)))
            self.questions[question.key] = Question(**{**vars_of(known), "lines": lines})
        answer = self.answers.get(question.key)
        if answer is None or (question.options and answer not in question.options):
            return question.guess
        return answer

    @property
    def open(self) -> list[Question]:
        """Return the questions that a person has to answer, or to confirm."""
        return [each for each in self.questions.values() if not each.sure and not self.is_answered(each)]

    def is_answered(self, question: Question) -> bool:
        answer = self.answers.get(question.key)
        return answer is not None and (not question.options or answer in question.options)


def vars_of(question: Question) -> dict[str, object]:
    return {name: getattr(question, name) for name in Question.__dataclass_fields__}


def key_of(kind: str, *parts: object) -> str:
    """Return the key of a question."""
    return ":".join((kind, *(text_key(str(part)) for part in parts)))


def lines_of(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(numbers)))[:MOST_LINES]
