"""Asking what a value of a list means, once for each distinct value. Pure: no Django."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from registry.core.text import clean_text
from registry.files.matching.answers import countries_in
from registry.files.matching.days import last_of_month, read_day
from registry.files.matching.interview import Interview
from registry.files.matching.places import suggested_codes
from registry.files.matching.questions import VALUES, Question, key_of
from registry.files.matching.words import is_empty, is_word, word_in

YES, NO = "yes", "no"
ABOVE, DROP, PART, NOTE = "above", "drop", "part", "note"
#: Marks of footnotes after a name.
_FOOTNOTE = re.compile(r"[\s¹²³⁴⁵⁶⁷⁸⁹⁰†‡*]+$")
_REMARK_AT_END = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")


class ValueQuestions:
    """The questions about values of one file. Each method takes the line that the value is on."""

    def __init__(self, interview: Interview) -> None:
        self.interview = interview

    def ask(
        self,
        asks: str,
        text: str,
        guess: str,
        options: Sequence[str],
        line: int,
        *,
        about: str = "",
        hints: Sequence[str] = (),
    ) -> str:
        key = key_of(asks, text) if text else asks
        question = Question(key, VALUES, asks, about or text, guess, options, lines=(line,), hints=hints)
        return self.interview.ask(question)

    def ditto(self, text: str, above: str, line: int) -> str:
        """Return what a ditto mark stands for."""
        answer = self.ask("ditto", text, ABOVE, (ABOVE, DROP, PART), line)
        return {ABOVE: above, PART: text}.get(answer, "")

    def norway(self, line: int) -> str:
        """Return the code that "false" stands for in a column of countries: readers of YAML turn NO into it."""
        return "NO" if self.ask("norway", "", YES, (YES, NO), line, about="false") == YES else ""

    def name(self, text: str, line: int) -> tuple[str, bool]:
        """Return a name on one line without a remark after it, and whether the remark says that it has ended."""
        name = _FOOTNOTE.sub("", "\n".join(" ".join(part.split()) for part in clean_text(text).split("\n")))
        found = _REMARK_AT_END.search(name)
        if found is None:
            return name, False
        remark, before = found[1], name[: found.start()]
        if word_in("ended", remark) and self.ask("ended_remark", remark, YES, (YES, PART), line) == YES:
            return before, True
        if is_word("remark", remark) and self.ask("remark", remark, DROP, (DROP, PART), line) == DROP:
            return before, False
        return name, False

    def struck_out_has_ended(self, line: int) -> bool:
        return self.ask("struck", "", YES, (YES, NO), line) == YES

    def purpose(self, text: str, line: int) -> str:
        """Return the purpose; what only says who somebody is, such as "Subsidiary", is asked."""
        if is_empty(text):
            return self.ask("purpose_blank", "", "", (), line)
        return self.ask("purpose", text, text, (), line) if is_word("no_purpose", text) else text

    def are_several_vendors(self, text: str, line: int) -> bool:
        return self.ask("several_vendors", text, YES, (YES, NO), line) == YES

    def without_vendor(self, above: str, line: int, *, is_total: bool = False) -> str:
        """Return the vendor of a row that names none: that of the row above, or none where the row is passed over."""
        asks = "total" if is_total else "vendor_blank"
        guess = ABOVE if above and not is_total else DROP
        return above if self.ask(asks, "", guess, (ABOVE, DROP), line) == ABOVE else ""

    def places(self, text: str, line: int) -> list[str]:
        """Return the codes of the countries that a person says are meant; none: the place stays open."""
        hints = suggested_codes(text)
        return countries_in(self.ask("place", text, hints[0] if len(hints) == 1 else "", (), line, hints=hints))

    def day(self, text: str, line: int) -> date | None:
        last = last_of_month(text)
        return read_day(self.ask("day", text, last.isoformat() if last else "", (), line))

    def status(self, text: str, line: int, options: Sequence[str]) -> str:
        """Return one of the options, or ``NOTE`` where the status is kept in the notes."""
        return self.ask("status", text, NOTE, (*options, NOTE), line)
