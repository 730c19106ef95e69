"""Problems with a file: where they are, and how to correct them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType

from registry.core.text import unprintable


def translatable(template: str) -> str:
    """Mark a template for ``makemessages``. It is translated and filled in where Django is available."""
    return template


#: By code: what is wrong, and how to correct it.
MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        # the file
        "unreadable_encoding": translatable(
            "cannot read the encoding: the byte %(byte)s is not %(encoding)s text; save the file as UTF-8"
        ),
        "unreadable_file": translatable(
            "this cannot be read as a %(format)s file: it is damaged, protected by a password, or of another format"
        ),
        "other_kind_of_file": translatable(
            "this is a file of the kind %(kind)s, which is not read; save the table as an Excel workbook (.xlsx),"
            " as OpenDocument (.ods) or as CSV"
        ),
        "reading_failed": translatable(
            "the file could not be read: it is damaged, or reading it takes too much memory or time;"
            " open it in a spreadsheet program and save it again, or split it"
        ),
        "readers_are_busy": translatable("the server is busy reading other files; try again in a minute"),
        "more_problems": translatable("only the first %(limit)s problems are listed; correct these first"),
        "password_protected": translatable(
            "the file is protected by a password; open it, save it without the password, and choose that file"
        ),
        "old_workbook": translatable(
            "the file is protected by a password, or of an old Excel format (.xls); open it and save it as an Excel"
            " workbook (.xlsx) without a password"
        ),
        "macros": translatable(
            "the file holds macros; save it without them, as an Excel workbook (.xlsx) or as OpenDocument"
        ),
        "unpacks_too_large": translatable(
            "the file unpacks to more than the limit of %(limit)s MB; copy the rows into a new file, or split it"
        ),
        "declares_entities": translatable(
            "the file declares XML entities, which no spreadsheet program writes; open it in one and save it again"
        ),
        "too_many_rows": translatable("the file has more than %(limit)s rows; split it"),
        "too_many_columns": translatable(
            "the row has more than %(limit)s cells; delete everything to the right of the table"
        ),
        "too_wide": translatable(
            "the sheet extends to line %(last)s and column %(column)s; delete everything outside the table"
        ),
        "which_sheet": translatable("several sheets could hold the register: %(sheets)s; choose one"),
        "no_such_sheet": translatable("there is no sheet %(sheet)s; the sheets are %(sheets)s"),
        "nested_too_deep": translatable("the file is nested too deeply; write [{column: value, …}, …]"),
        "not_a_list_of_entries": translatable("the file is not a list of entries; write [{column: value, …}, …]"),
        "no_heading_row": translatable(
            "no heading row: a line with the column headings Leverantör, Orsak, Uppgifter, Land,"
            " Laglig grund is needed above the rows"
        ),
        # its cells
        "malformed_quotes": translatable(
            "the cell that begins with %(start)s is not well formed: a cell that begins with a"
            ' quotation mark needs one at each end, and each quotation mark inside it doubled ("")'
        ),
        "unprintable_in_cell": translatable(
            "the character U+%(number)s in the column %(column)s is not allowed in the register; delete it"
        ),
        "unprintable_in_text": translatable("the character U+%(number)s is not allowed in the register; delete it"),
        "invalid_value": translatable("%(column)s: %(why)s"),
        "unreadable_row": translatable("the row cannot be read: check its quotation marks"),
        "nested_value": translatable("the value of %(heading)s is not a single value; write text"),
        "formula_without_value": translatable(
            "the formula %(formula)s has no stored value; open the file in a spreadsheet program and save it, or write"
            " the value"
        ),
        "error_in_cell": translatable("the formula gives the error %(value)s; write a value"),
        "repeated_key": translatable("%(heading)s occurs twice in the same entry; keep one"),
        "not_a_number": translatable("%(value)s is not a valid number; write a number or text"),
        # the text around the table
        "impossible_date": translatable(
            "the day %(value)s does not exist; write the day after the title as (2020-06-18)"
        ),
        "several_lines": translatable("the title and the heading must each be on one line"),
        "tab_in_text": translatable("the text around the table must not contain a tab; use spaces"),
        "several_cells_before_headings": translatable("more than one cell above the heading row"),
        "row_after_closing": translatable(
            "a row after the closing sentence (line %(closing)s); move it up into the table"
        ),
        "date_without_title": translatable("a day needs a title before it"),
        "date_in_title": translatable(
            "the title itself ends with a day in parentheses; give the day as the document's day"
        ),
        "heading_without_title": translatable("a heading needs a title above it"),
        "introduction_without_heading": translatable("an introduction needs a heading above it"),
        # columns
        "unknown_column": translatable('unknown column "%(heading)s"; the columns are %(accepted)s'),
        "another_unknown_column": translatable('unknown column "%(heading)s"'),
        "unknown_column_suggested": translatable('unknown column "%(heading)s"; is "%(nearest)s" meant?'),
        "misread_column": translatable(
            'unknown column "%(heading)s": it seems to be "%(right)s", read with the wrong encoding; save the file'
            " again as UTF-8 from the program that it comes from"
        ),
        "unnamed_column": translatable("column %(number)s has no heading; the columns are %(accepted)s"),
        "another_unnamed_column": translatable("column %(number)s has no heading"),
        "missing_column": translatable("the column %(column)s is missing"),
        "repeated_column": translatable('the column %(column)s occurs twice, the second time as "%(heading)s"'),
        # rows
        "wrong_number_of_cells": translatable("wrong number of cells: expected %(expected)s, found %(found)s"),
        "lone_cell": translatable(
            "wrong number of cells: expected %(expected)s, found 1;"
            " if this is the closing sentence, put a blank line before it"
        ),
        "too_long": translatable("the text is longer than %(limit)s characters; shorten it"),
        "missing_vendor": translatable("the vendor is empty"),
        "missing_purpose": translatable("the purpose is empty"),
        "unknown_country": translatable('unknown country "%(value)s"; write a two-letter code such as SE'),
        "unknown_country_suggested": translatable(
            'unknown country "%(value)s"; write a two-letter code such as %(nearest)s'
        ),
        "false_country": translatable(
            '"%(value)s" is no country: some programs turn the code NO into it; if Norway is meant, write NO as a text'
        ),
        "ditto_mark": translatable("%(value)s seems to mean the same as above; write the text out"),
        "repeated_row": translatable(
            'the vendor "%(vendor)s" with the purpose "%(purpose)s" is already on line %(earlier)s'
        ),
        "two_spellings": translatable(
            'the vendor "%(vendor)s" is spelled "%(other)s" on line %(earlier)s; choose one spelling'
        ),
        "conflict": translatable(
            '%(column)s: "%(value)s", but "%(other)s" on line %(earlier)s for the same vendor; make them agree'
        ),
        # what a row refers to
        "unknown_user": translatable('there is no user "%(name)s"; write a user name'),
        "unknown_vendor": translatable(
            '"%(name)s" is not a vendor of the register or of the file; add it, or correct the name'
        ),
        "refers_to_itself": translatable(
            '"%(name)s" cannot refer to itself; leave the cell empty, or name another vendor'
        ),
        "circle": translatable("the vendors would engage each other in a circle: %(names)s"),
        "agreement_ends_before": translatable(
            "an agreement ends on %(day)s, before it is signed; correct one of the days"
        ),
        "transfer_without_ground": translatable(
            'the transfers name "%(mechanism)s", which the legal ground "%(ground)s" does not; add it there,'
            " or delete the line"
        ),
        "unknown_mechanism": translatable(
            'there is no mechanism with the code "%(code)s"; leave it out, or correct it'
        ),
        "no_mechanism_named": translatable(
            'the line "%(mechanism)s" names a mechanism; leave it out, or begin the line with the mechanism'
        ),
        "transfer_twice": translatable('the transfers name "%(mechanism)s" twice for the same country; keep one line'),
        # legal ground
        "empty_ground": translatable('an empty part between plus signs in the legal ground "%(ground)s"'),
        "too_many_mechanisms": translatable(
            'the legal ground "%(ground)s" names more than %(limit)s mechanisms; keep those that are relied on'
        ),
        "repeated_mechanism": translatable(
            'the mechanism "%(mechanism)s" occurs twice in the legal ground "%(ground)s"'
        ),
        "same_mechanism": translatable(
            '"%(mechanism)s" and "%(other)s" in the legal ground "%(ground)s" stand for the same mechanism; keep one'
        ),
        "plus_in_label": translatable(
            "a label cannot contain a plus sign that stands alone: it separates the parts of a legal ground"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem on a line (1-based; 0: the whole file). ``column`` is the key of a column of the register, or the name
    of a column in the file, where there is one."""

    line: int
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    column: str | None = None

    @property
    def template(self) -> str:
        return MESSAGES[self.code]

    @property
    def message(self) -> str:
        return self.template % self.params


class DocumentProblems(Exception):
    """All problems with a file, by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(
            f"line {problem.line}: {problem.message}" if problem.line else problem.message for problem in self.problems
        )


#: Problems of a file that are reported; more are not corrected at once.
MOST_PROBLEMS = 5000


def bounded(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems, at most ``MOST_PROBLEMS`` and one that says that there are more."""
    first = list(islice(problems, MOST_PROBLEMS + 1))
    if len(first) <= MOST_PROBLEMS:
        return first
    return [*first[:MOST_PROBLEMS], Problem(0, "more_problems", {"limit": MOST_PROBLEMS})]


def stop_at_too_many(problems: Sequence[Problem]) -> None:
    """Raise ``DocumentProblems`` where there are more than ``MOST_PROBLEMS``."""
    if len(problems) > MOST_PROBLEMS:
        raise DocumentProblems(bounded(problems))


#: Characters of a quotation in a message.
LONGEST_QUOTE = 80


def excerpt(text: str) -> str:
    """Return a text as a message quotes it: one line, printable, shortened."""
    start = " ".join(text[: 4 * LONGEST_QUOTE].split())
    quoted = "".join("\ufffd" if unprintable(c) else c for c in start[:LONGEST_QUOTE])
    return quoted if len(start) <= LONGEST_QUOTE and len(text) <= 4 * LONGEST_QUOTE else f"{quoted}…"
