"""Reading a file that is to be imported: by the register's own rules, else matched as somebody else's list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from registry.document import DocumentProblems
from registry.files.format_registry import RegisterFormat
from registry.files.formats.sheets import WhichSheet
from registry.files.import_content import ImportContent
from registry.files.import_rows import content_of_table
from registry.files.matching.matching import Matched, OpenQuestions, match
from registry.files.matching.questions import PARTS
from registry.files.matching.register_facts import RegisterFacts
from registry.files.sandbox import read_grids

#: Problems of a file that is no copy of ours.
NOT_OURS = frozenset(
    {
        "no_heading_row",
        "unknown_column",
        "another_unknown_column",
        "unknown_column_suggested",
        "another_unnamed_column",
        "misread_column",
        "unnamed_column",
        "missing_column",
        "repeated_column",
        "several_cells_before_headings",
        "row_after_closing",
        "not_a_list_of_entries",
    }
)
#: Problems of a copy of ours that a person can settle by saying what is meant.
UNCLEAR = frozenset(
    {"unknown_country", "unknown_country_suggested", "repeated_row", "missing_vendor", "ditto_mark", "false_country"}
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
        if not can_be_asked(refused, format_):
            raise
        try:
            return matched_content(format_, data, sheet, {})
        except OpenQuestions:
            if answers is None:
                raise refused from None
            raise
        except DocumentProblems:
            raise refused from None


def can_be_asked(refused: DocumentProblems, format_: RegisterFormat) -> bool:
    """Return whether answers may settle why a file is refused.

    A copy of ours that has real mistakes too is refused with all of them, and so is the original document, whose form
    is exact: its title and pages would be lost.
    """
    codes = {problem.code for problem in refused.problems}
    return bool(codes & NOT_OURS) or (codes <= UNCLEAR and format_.code != "document")


def read_drafts(
    format_: RegisterFormat, data: bytes, sheet: str, answers: Mapping[str, str], vendors: Collection[str]
) -> ImportContent:
    """Return the rows of a list about some vendors, as drafts. Raises ``OpenQuestions``."""
    return content_of_matched(match_file(format_, data, sheet, answers, drafts=vendors))


def matched_content(format_: RegisterFormat, data: bytes, sheet: str, answers: Mapping[str, str]) -> ImportContent:
    return content_of_matched(match_file(format_, data, sheet, answers))


def content_of_matched(matched: Matched) -> ImportContent:
    if matched.interview.open:
        raise OpenQuestions(matched)
    content = content_of_table(matched.table, of_others=not matched.own)
    return replace(content, matched=matched, marks=matched.marks)


def match_file(
    format_: RegisterFormat,
    data: bytes,
    sheet: str,
    answers: Mapping[str, str],
    *,
    needed: Collection[str] = PARTS,
    drafts: Collection[str] | None = None,
) -> Matched:
    """Return a list as the answers have it; see ``match()``."""
    grids = [grid for grid in read_grids(format_.code, data) if sheet in ("", grid.name)]
    return match(grids, answers, RegisterFacts(), needed=needed, drafts=drafts)
