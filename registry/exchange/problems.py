"""Problems in the reader's language: where it is, what is wrong, what would be accepted."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.document import HEADINGS, Problem
from registry.exchange.columns import BY_KEY


def said(problems: Iterable[Problem]) -> list[str]:
    return [in_words(problem) for problem in problems]


def in_words(problem: Problem) -> str:
    message = str(_(problem.template) % problem.params)
    if not problem.line:
        return message
    words = {"line": problem.line, "column": heading_of(problem), "message": message}
    if words["column"]:
        return _("line %(line)s, column %(column)s: %(message)s") % words
    return _("line %(line)s: %(message)s") % words


def heading_of(problem: Problem) -> str:
    """Of the column, in the reader's language; nothing where the message names the column itself."""
    if problem.column is None or "column" in problem.params:
        return ""
    if problem.column in BY_KEY:
        return BY_KEY[problem.column].heading
    if problem.column not in HEADINGS:
        return problem.column
    heading = HEADINGS[problem.column]
    return heading.sv if (get_language() or "sv").startswith("sv") else heading.en
