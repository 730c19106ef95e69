"""The texts of problems in the active language: where, what is wrong, and what would be accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from registry.core import languages
from registry.document import Problem
from registry.files.columns import COLUMNS_BY_KEY
from registry.law.countries import COUNTRIES


def problem_texts(problems: Iterable[Problem]) -> list[str]:
    return [problem_text(problem) for problem in problems]


def problem_text(problem: Problem) -> str:
    message = str(_(problem.template) % params_of(problem))
    if not problem.line:
        return message
    words = {"line": problem.line, "column": heading_of_problem(problem), "message": message}
    if words["column"]:
        return _("line %(line)s, column %(column)s: %(message)s") % words
    return _("line %(line)s: %(message)s") % words


def params_of(problem: Problem) -> Mapping[str, object]:
    """Return the parameters of a message, with the names of countries for their codes."""
    if problem.code != "unknown_country_suggested":
        return problem.params
    codes = str(problem.params["nearest"]).split(", ")
    nearest = ", ".join(COUNTRIES[code].with_code(languages.active_language()) for code in codes)
    return {**problem.params, "nearest": nearest}


def heading_of_problem(problem: Problem) -> str:
    """Return the heading of the column in the active language; empty if the message names the column itself."""
    if problem.column is None or "column" in problem.params:
        return ""
    return COLUMNS_BY_KEY[problem.column].heading if problem.column in COLUMNS_BY_KEY else problem.column
