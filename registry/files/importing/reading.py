"""Reading a file that is to be imported: by the register's own rules, else matched as somebody else's list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from registry.document import DocumentProblems
from registry.files.format_registry import RegisterFormat
from registry.files.formats.grids import Grid
from registry.files.formats.sheets import WhichSheet
from registry.files.import_rows import ImportContent, content_of_table
from registry.files.matching.matching import Matched, OpenQuestions, match
from registry.files.matching.register_facts import RegisterFacts
from registry.files.sandbox import read_grids

#: Problems that answers of a person can settle: the file is no copy of ours, or says something that is not understood.
MATCHABLE = frozenset(
    {
        "no_heading_row",
        "unknown_column",
        "misread_column",
        "unnamed_column",
        "missing_column",
        "repeated_column",
        "several_cells_before_headings",
        "row_after_closing",
        "wrong_number_of_cells",
        "lone_cell",
        "unknown_country",
        "unknown_country_suggested",
        "repeated_row",
        "two_spellings",
        "missing_vendor",
        "ditto_mark",
        "false_country",
        "not_a_list_of_entries",
        "nested_value",
        "which_sheet",
    }
)


def read_file(
    format_: RegisterFormat, data: bytes, sheet: str = "", answers: Mapping[str, str] | None = None
) -> ImportContent:
    """Return the content of a file.

    ``answers`` are those to the questions of ``OpenQuestions``; None where nobody can be asked: then what the strict
    rules refuse is refused, unless nothing has to be asked. Raises ``DocumentProblems``, ``WhichSheet`` where several
    sheets are copies of the register, and ``OpenQuestions``.
    """
    if answers:
        return matched_content(format_, data, sheet, answers)
    try:
        return format_.read(data, sheet)
    except WhichSheet:
        raise
    except DocumentProblems as refused:
        if not any(problem.code in MATCHABLE for problem in refused.problems):
            raise
        try:
            return matched_content(format_, data, sheet, {})
        except OpenQuestions:
            if answers is None:
                raise refused from None
            raise
        except DocumentProblems:
            raise refused from None


def matched_content(format_: RegisterFormat, data: bytes, sheet: str, answers: Mapping[str, str]) -> ImportContent:
    grids = grids_of(format_, data, sheet)
    matched = match(grids, answers, RegisterFacts())
    if matched.interview.open:
        raise OpenQuestions(matched)
    content = content_of_table(matched.table, of_others=not matched.own)
    return replace(content, matched=matched, marks=[mark for grid in grids for mark in grid.marks])


def match_file(format_: RegisterFormat, data: bytes, sheet: str, answers: Mapping[str, str]) -> Matched:
    """Return a list as the answers have it."""
    return match(grids_of(format_, data, sheet), answers, RegisterFacts())


def grids_of(format_: RegisterFormat, data: bytes, sheet: str) -> list[Grid]:
    return [grid for grid in read_grids(format_.code, data) if sheet in ("", grid.name)]
