"""The answers that options of the import command give to the questions about a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.core.text import text_key
from registry.files.columns import COLUMNS_BY_KEY, columns_by_heading
from registry.files.matching.questions import Question, key_of
from registry.files.matching.roles import OF_LISTS, SKIP


class WrongOption(ValueError):
    """An option that cannot be read; the text says why."""


def answers_of(maps: Sequence[str], skips: Sequence[str], answers: Sequence[str]) -> dict[str, str]:
    """Return the answers by the key of their question.

    ``maps`` are such as ``Function=purpose``, ``skips`` headings, ``answers`` such as ``place:eu=SE``. Raises
    ``WrongOption``.
    """
    given = {column_question(heading): SKIP for heading in skips}
    for text in maps:
        heading, equals, role = text.rpartition("=")
        if not equals or not heading.strip():
            raise WrongOption(f'--map {text!r}: write it as "Function=purpose"')
        given[column_question(heading)] = role_called(role.strip())
    for text in answers:
        key, equals, answer = text.partition("=")
        if not equals or ":" not in key:
            raise WrongOption(f'--answer {text!r}: write it as "place:north america=US"')
        given[text_key(key)] = answer
    return given


def column_question(heading: str) -> str:
    return key_of("column", heading, "")


def role_called(name: str) -> str:
    """Return what a column holds, by its key or by the heading of the register's column in any language."""
    if name in COLUMNS_BY_KEY or name in OF_LISTS:
        return name
    column = columns_by_heading().get(text_key(name))
    if column is None:
        accepted = ", ".join((*COLUMNS_BY_KEY, *OF_LISTS))
        raise WrongOption(f"--map: {name!r} is not a column; the columns are {accepted}")
    return column.key


def question_lines(questions: Sequence[Question]) -> Iterator[str]:
    """Yield what is asked, as the answer would be given, with the guess."""
    for question in questions:
        where = f" (line {', '.join(map(str, question.lines))})" if question.lines else ""
        options = [option for option in question.options if not option.startswith("mechanism:")]
        allowed = f"; one of: {', '.join(options)}" if question.options and question.asks != "column" else ""
        yield f'asked: --answer "{question.key}={question.guess}"{where}{allowed}'
