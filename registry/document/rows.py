"""The rules for rows, for every file format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from registry.core.text import LONGEST_LINE, LONGEST_TEXT, clean_text, text_key, unprintable
from registry.document.content import Row
from registry.document.grounds import GroundProblem, split_legal_ground
from registry.document.headings import HEADINGS
from registry.document.problems import Problem, excerpt
from registry.law import countries

#: Characters of a cell by column; a longer cell is not checked further.
LONGEST: Mapping[str, int] = {
    "vendor": LONGEST_LINE,
    "purpose": LONGEST_TEXT,
    "personal_data": LONGEST_TEXT,
    "country": LONGEST_LINE,
    "legal_ground": 2 * LONGEST_TEXT,
}


def read_row(line: int, texts: Mapping[str, str]) -> tuple[Row, list[Problem]]:
    """Return the row with these cells by column, and its problems. Absent columns are not checked."""
    long = [column for column, text in texts.items() if len(text) > LONGEST[column]]
    cells = {column: clean_text(text[: LONGEST[column]]) for column, text in texts.items()}
    basis, mechanisms, problems = _ground(line, "" if "legal_ground" in long else cells.get("legal_ground", ""))
    problems += (Problem(line, "too_long", {"limit": LONGEST[column]}, column) for column in long)
    country = cells.get("country", "")
    listed = countries.find(country)
    row = Row(
        vendor=cells.get("vendor", ""),
        purpose=cells.get("purpose", ""),
        personal_data=cells.get("personal_data", ""),
        country=listed.code if listed else country,
        legal_basis=basis,
        mechanisms=mechanisms,
        line=line,
    )
    problems += (problem for problem in _row_problems(row) if problem.column in cells and problem.column not in long)
    return row, problems


def _ground(line: int, cell: str) -> tuple[str, tuple[str, ...], list[Problem]]:
    try:
        return *split_legal_ground(cell), []
    except GroundProblem as problem:
        return cell, (), [problem.on(line)]


def check_rows(rows: Iterable[Row]) -> list[Problem]:
    """Return the problems of rows, of each alone and of rows compared with one another."""
    rows = list(rows)
    return [*(problem for row in rows for problem in _row_problems(row)), *repetitions(rows)]


def _row_problems(row: Row) -> Iterator[Problem]:
    if not row.vendor:
        yield Problem(row.line, "missing_vendor", column="vendor")
    if not row.purpose:
        yield Problem(row.line, "missing_purpose", column="purpose")
    if row.country and row.country not in countries.COUNTRIES:
        yield _country_problem(row)
    if unprintable("".join((row.vendor, row.purpose, row.personal_data, row.legal_basis, *row.mechanisms))):
        yield from _unprintable_cells(row)


def _country_problem(row: Row) -> Problem:
    value = excerpt(row.country)
    nearest = countries.nearest(row.country)
    if not nearest:
        return Problem(row.line, "unknown_country", {"value": value}, "country")
    return Problem(row.line, "unknown_country_suggested", {"value": value, "nearest": ", ".join(nearest)}, "country")


def _unprintable_cells(row: Row) -> Iterator[Problem]:
    texts = {
        "vendor": row.vendor,
        "purpose": row.purpose,
        "personal_data": row.personal_data,
        "legal_ground": "".join((row.legal_basis, *row.mechanisms)),
    }
    for column, text in texts.items():
        if character := unprintable(text):
            params = {"number": f"{ord(character):04X}", "column": str(HEADINGS[column])}
            yield Problem(row.line, "unprintable_in_cell", params, column)


#: The codes of the problems of ``repetitions()``.
REPETITIONS = frozenset({"two_spellings", "repeated_row"})


def repetitions(rows: Iterable[Row]) -> Iterator[Problem]:
    """Yield a problem for each repeated vendor and purpose, and each second spelling of a vendor, on the later line."""
    vendors: dict[str, Row] = {}
    entries: dict[tuple[str, str], Row] = {}
    for row in rows:
        vendor, purpose = text_key(row.vendor), text_key(row.purpose)
        first = vendors.setdefault(vendor, row)
        if first.vendor != row.vendor:
            params = {"vendor": excerpt(row.vendor), "other": excerpt(first.vendor), "earlier": first.line}
            yield Problem(row.line, "two_spellings", params, "vendor")
        if earlier := entries.get((vendor, purpose)):
            params = {"vendor": excerpt(row.vendor), "purpose": excerpt(row.purpose), "earlier": earlier.line}
            yield Problem(row.line, "repeated_row", params, "purpose")
        elif vendor and purpose:
            entries[vendor, purpose] = row
