"""What a cell says about legal basis, transfer mechanisms and agreements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.core.text import clean_text, unique_key
from registry.files.matching.interview import Interview
from registry.files.matching.questions import VALUES, Question, key_of
from registry.files.matching.register_facts import RegisterFacts
from registry.files.matching.roles import GROUND
from registry.files.matching.words import is_empty, is_word, remark_of, without_remark, word_in

NOTHING, NOTE, BASIS, AGREEMENT, NEW_MECHANISM, MECHANISM = "nothing", "note", "basis", "agreement", "new", "mechanism"
AND = "+"
#: The mechanism that stands for a decision which is not named further: that of the country, where there is one.
SOME_DECISION = "adequacy"
_PARTS = (
    re.compile(r"\s+\+\s+|\s*[;\n|]\s*"),
    re.compile(r"\s*,\s*(?![^()]*\))|\s+/\s+"),
    re.compile(r"\s*[/&]\s*(?![^()]*\))|\s+(?:and|och|und|et|og|en)\s+"),
)


@dataclass
class Grounds:
    """What a cell says. Mechanisms are codes; an adequacy decision is that of a country that the cell need not name."""

    bases: list[str] = field(default_factory=list)
    mechanisms: list[str] = field(default_factory=list)
    new_mechanisms: list[str] = field(default_factory=list)
    agreements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    adequacy: bool = False


class GroundReader:
    def __init__(self, interview: Interview, facts: RegisterFacts) -> None:
        self.interview, self.facts = interview, facts

    def read(self, text: str, role: str, line: int) -> Grounds:
        """Return what the cell of a column with legal bases or mechanisms says; ask about what is not understood."""
        grounds = Grounds()
        self.read_part(clean_text(text), role, line, grounds, 0)
        return grounds

    def read_part(self, text: str, role: str, line: int, grounds: Grounds, depth: int) -> None:
        if not text or is_empty(text):
            return
        if code := self.facts.mechanism(text) or self.mechanism_said_twice(text):
            if code == SOME_DECISION:
                grounds.adequacy = True
            else:
                grounds.mechanisms.append(code)
        elif role == GROUND and unique_key(text) in self.facts.bases:
            grounds.bases.append(text)
        elif parts := self.parts_of(text, role, depth):
            for part in parts:
                self.read_part(part, role, line, grounds, depth + 1)
        elif word_in("adequacy", text) and not self.facts.mechanism_within(text):
            grounds.adequacy = True
        elif starts_with_agreement(text) and role != GROUND:
            grounds.agreements.append(text)
        else:
            self.ask(text, role, line, grounds)

    def mechanism_said_twice(self, text: str) -> str:
        """Return the code of a mechanism that a text names in full and, in parentheses, in short."""
        code = self.facts.mechanism(without_remark(text))
        return code if code and self.facts.mechanism(remark_of(text)) == code else ""

    def parts_of(self, text: str, role: str, depth: int) -> Sequence[str]:
        """Return the parts that a text divides into; none where it is one thing.

        Prose is divided at commas only where a part of it names a mechanism or an agreement.
        """
        for number in range(depth, len(_PARTS)):
            parts = [part for part in _PARTS[number].split(text) if part]
            if len(parts) > 1 and (number == 0 or any(map(self.is_known, parts))):
                return parts
        return ()

    def is_known(self, text: str) -> bool:
        return self.facts.is_mechanism(text) or is_word("agreement", text) or starts_with_agreement(text)

    def ask(self, text: str, role: str, line: int, grounds: Grounds) -> None:
        within = self.facts.mechanism_within(text)
        by_column = BASIS if role == GROUND else NOTE
        guess, sure = by_column, role == GROUND and not is_word("law", text)
        if word_in("agreement", text):
            guess, sure = AGREEMENT, False
        if within and not self.facts.is_all_that_is_said(within, text):
            sure = False  # "no SCC", "SCC to be signed": a person says what it means
            guess = NOTE
        elif within:
            guess = f"{guess}{AND}{MECHANISM}:{within}" if guess != NOTE else f"{MECHANISM}:{within}"
            sure = False
        elif is_word("law", text):
            guess = NOTHING
        question = Question(
            key_of("ground", text),
            VALUES,
            "ground",
            text,
            guess,
            self.options(within),
            sure=sure,
            lines=(line,),
            hints=(within,) if within else (),
        )
        self.take(text, self.interview.ask(question), grounds)

    def options(self, within: str) -> Sequence[str]:
        both = (f"{BASIS}{AND}{MECHANISM}:{within}", f"{AGREEMENT}{AND}{MECHANISM}:{within}") if within else ()
        mechanisms = [f"{MECHANISM}:{code}" for code in self.facts.mechanism_codes]
        return (BASIS, AGREEMENT, *both, NEW_MECHANISM, NOTE, NOTHING, *mechanisms)

    def take(self, text: str, answer: str, grounds: Grounds) -> None:
        for part in answer.split(AND):
            if part == BASIS:
                grounds.bases.append(text)
            elif part == AGREEMENT:
                grounds.agreements.append(text)
            elif part == NEW_MECHANISM:
                grounds.new_mechanisms.append(text)
            elif part == NOTE:
                grounds.notes.append(text)
            elif part.startswith(f"{MECHANISM}:"):
                grounds.mechanisms.append(part.partition(":")[2])


def starts_with_agreement(text: str) -> bool:
    """Return whether a text such as "DPA Exempel" names an agreement."""
    word = word_in("agreement", text)
    return bool(word) and text.casefold().startswith(word)
