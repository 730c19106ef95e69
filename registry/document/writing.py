"""A document to bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from registry.document.cells import cell
from registry.document.content import Document, Row
from registry.document.grounds import label_problem, legal_ground, repeated
from registry.document.headings import HEADINGS
from registry.document.problems import MESSAGES, DocumentProblems
from registry.document.reading import DATED_TITLE
from registry.document.rows import check_rows
from registry.text import clean_text, unprintable

_HEADING_ROW = "\t".join(heading.sv for heading in HEADINGS.values()) + "\n"


def render(document: Document) -> bytes:
    """UTF-8, laid out as the original. Raises ``ValueError`` for what no file can hold."""
    if reason := unwritable(document):
        raise ValueError(reason)
    pages = "\n".join(map(_page, document.pages or ((),)))
    return f"{_frame(document)}{pages}{_closing(document)}".encode()


def _frame(document: Document) -> str:
    title = f"{document.title} ({document.dated})" if document.dated else document.title
    texts = [_lines(text) for text in (title, document.heading, document.introduction) if text]
    return "\n\n".join(["", *texts, ""]) if texts else ""


def _closing(document: Document) -> str:
    return f"\n\n\n{_lines(document.closing)}" if document.closing else ""


def _lines(text: str) -> str:
    return "\n".join(map(cell, text.split("\n")))


def _page(rows: Sequence[Row]) -> str:
    return _HEADING_ROW + "".join(map(_row, rows))


def _row(row: Row) -> str:
    ground = legal_ground(row.legal_basis, row.mechanisms)
    return "\t".join(map(cell, (row.vendor, row.purpose, row.personal_data, row.country, ground))) + "\n"


def unwritable(document: Document) -> str | None:
    """Why no file can hold the document, in English, else None."""
    code = frame_problem(
        title=document.title,
        dated=document.dated,
        heading=document.heading,
        introduction=document.introduction,
        closing=document.closing,
    )
    if code:
        return MESSAGES[code] % {"number": "0000"}
    if not all(document.pages):
        return "a page without rows"
    if row := next(filter(_unwritable_row, document.rows), None):
        return f"a row that would be read differently: {row}"
    return str(DocumentProblems(check_rows(document.rows))) or None


def frame_problem(
    *, title: str, dated: date | None, heading: str, introduction: str, closing: str
) -> str | None:
    """The code (a key of MESSAGES) of what keeps these texts out of a file, else None."""
    texts = (title, heading, introduction, closing)
    rules = (
        ("tab_in_text", any("\t" in text for text in texts)),
        ("unprintable_in_text", any(map(unprintable, texts))),
    )
    return next((code for code, broken in rules if broken), None)
