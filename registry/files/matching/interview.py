"""Asking each question about a file once, and answering those who ask. Pure: no Django."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from registry.files.matching.questions import MOST_LINES, PARTS, Question


@dataclass
class Interview:
    """Asks the questions of one file, each once, and gives the answers to those who ask.

    ``answers`` are those of a person, by the key of the question.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    #: The parts whose questions have to be answered; the guess holds for those of others.
    needed: Collection[str] = PARTS

    def ask(self, question: Question) -> str:
        """Return the answer, or the guess where nobody has answered yet."""
        known = self.questions.get(question.key)
        if known is None:
            self.questions[question.key] = question
        elif question.lines and len(known.lines) < MOST_LINES:
            lines = tuple(dict.fromkeys((*known.lines, *question.lines)))
            self.questions[question.key] = replace(known, lines=lines)
        return self.answers[question.key] if self.is_answered(question) else question.guess

    @property
    def open(self) -> list[Question]:
        """Return the questions that a person has to answer, or to confirm."""
        return [each for each in self.shown if not each.sure and not self.is_answered(each)]

    @property
    def shown(self) -> list[Question]:
        """Return the questions of the parts that are needed, also those that are sure or answered."""
        return [each for each in self.questions.values() if each.part in self.needed]

    def is_answered(self, question: Question) -> bool:
        answer = self.answers.get(question.key)
        return answer is not None and (not question.options or answer in question.options)
