"""The form with the questions about a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registry.files.matching.answers import is_accepted
from registry.files.matching.questions import COLUMNS, PARTS, Question
from registry.files.matching.register_facts import RegisterFacts
from registry.files.matching.roles import COUNTRY, GROUND, MECHANISM, NOTES, PERSONAL_DATA, PURPOSE, SEAT, SKIP, VENDOR
from registry.web.matching.wording import PART_TITLES, asked, hint, option_name, samples

#: Questions of one part that a page asks; the rest are asked afterwards.
MOST_QUESTIONS = 200
#: What columns of lists usually hold, offered first.
USUAL = (VENDOR, PURPOSE, PERSONAL_DATA, COUNTRY, SEAT, GROUND, MECHANISM, NOTES, SKIP)


def problem_of(answer: str) -> str:
    """Return why an answer cannot be taken."""
    return _("This answer cannot be read.") if answer.strip() else _("An answer is needed here.")


@dataclass(frozen=True)
class Asked:
    """A question as the page shows it."""

    question: Question
    text: str
    hint: str
    samples: str
    value: str
    #: Groups of the possible answers; empty where a person writes.
    choices: Sequence[Sequence[tuple[str, str]]]
    problem: str = ""
    #: How the page marks it: ``errors``, ``open``, or not at all.
    state: str = ""


class MatchingForm:
    """The questions of a file, by part, with the answers that were sent, were given before, or are guessed."""

    def __init__(
        self, questions: Sequence[Question], answers: Mapping[str, str], sent: Mapping[str, str] | None
    ) -> None:
        self.questions, self.answers, self.sent = questions, answers, sent
        self.open_keys: set[str] = set()
        self.facts = RegisterFacts()

    @property
    def given(self) -> dict[str, str]:
        """Return the answers that were sent and can be taken."""
        sent = self.sent or {}
        return {
            question.key: sent[question.key]
            for question in self.questions
            if question.key in sent and is_accepted(question, sent[question.key])
        }

    @property
    def is_complete(self) -> bool:
        sent = self.sent or {}
        return all(is_accepted(each, sent[each.key]) for each in self.questions if each.key in sent)

    def parts(self) -> Iterator[tuple[str, str, list[Asked]]]:
        """Yield the parts that ask anything: code, title and questions, those that are not sure first."""
        for part in PARTS:
            mine = [question for question in self.questions if question.part == part]
            if part != COLUMNS:
                mine.sort(key=lambda question: question.sure)
            if mine:
                yield part, str(PART_TITLES[part]), [self.asked(question) for question in mine[:MOST_QUESTIONS]]

    def asked(self, question: Question) -> Asked:
        sent = (self.sent or {}).get(question.key)
        value = self.answers.get(question.key, question.guess) if sent is None else sent
        problem = "" if sent is None or is_accepted(question, sent) else problem_of(sent)
        state = "errors" if problem else "open" if question.key in self.open_keys else ""
        words = asked(question), hint(question), samples(question)
        return Asked(question, *words, value, self.choices(question), problem, state)

    def choices(self, question: Question) -> Sequence[Sequence[tuple[str, str]]]:
        named = [(option, option_name(question, option, self.mechanism_name)) for option in question.options]
        if question.asks == "column":
            usual = [each for role in USUAL for each in named if each[0] == role]
            return usual, sorted((each for each in named if each not in usual), key=lambda each: each[1].casefold())
        if question.asks == "ground":
            own = [each for each in named if not each[0].startswith("mechanism:")]
            return own, [each for each in named if each not in own]
        return (named,) if named else ()

    def mechanism_name(self, code: str) -> str:
        return self.facts.label(code)
