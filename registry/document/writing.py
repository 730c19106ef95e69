"""Rendering a document as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from registry.core.text import clean_text, unprintable
from registry.document.cells import encode_cell
from registry.document.content import Document, Row
from registry.document.grounds import label_problem, legal_ground, repeated_labels
from registry.document.headings import HEADINGS
from registry.document.problems import MESSAGES, DocumentProblems
from registry.document.reading import DATED_TITLE
from registry.document.rows import REPETITIONS, check_rows

_HEADING_ROW = "\t".join(heading.sv for heading in HEADINGS.values()) + "\n"


def render(document: Document, *, repeated_rows: bool = False) -> bytes:
    """Return the file in UTF-8, laid out as the original. Raises ``ValueError`` for what no file can hold.

    ``repeated_rows``: allow equal rows, which data of release 1.0.0 may have. Such a file cannot be imported until one
    of the two is deleted.
    """
    if reason := unwritable(document, repeated_rows=repeated_rows):
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
    return "\n".join(map(encode_cell, text.split("\n")))


def _page(rows: Sequence[Row]) -> str:
    return _HEADING_ROW + "".join(map(_row, rows))


def _row(row: Row) -> str:
    ground = legal_ground(row.legal_basis, row.mechanisms)
    return "\t".join(map(encode_cell, (row.vendor, row.purpose, row.personal_data, row.country, ground))) + "\n"


def unwritable(document: Document, *, repeated_rows: bool = False) -> str | None:
    """Return in English why no file can hold the document, else None."""
    return next(_reasons(document, repeated_rows), None)


def _reasons(document: Document, repeated_rows: bool) -> Iterator[str]:
    texts = (document.title, document.heading, document.introduction, document.closing)
    if code := frame_problem(document.title, document.dated, *texts[1:]):
        yield MESSAGES[code]
    if not all(map(_is_clean, texts)):
        yield "a text around the table is not clean"
    if not all(document.pages):
        yield "a page has no rows"
    yield from (f"a row that would be read as another one: {row}" for row in document.rows if not _is_writable(row))
    ignored_codes = REPETITIONS if repeated_rows else frozenset()
    if problems := [problem for problem in check_rows(document.rows) if problem.code not in ignored_codes]:
        yield str(DocumentProblems(problems))


def _is_writable(row: Row) -> bool:
    labels = (row.legal_basis, *row.mechanisms)
    return (
        all(map(_is_clean, (row.vendor, row.purpose, row.personal_data, *labels)))
        and not any(map(label_problem, labels))
        and not repeated_labels(row.mechanisms)
        and all(row.mechanisms)
    )


def _is_clean(text: str) -> bool:
    return clean_text(text) == text and not unprintable(text)


def frame_problem(title: str, dated: date | None, heading: str, introduction: str, closing: str) -> str | None:
    """Return the code (a key of ``MESSAGES``) of why texts cannot be around the table, else None.

    The texts are in normal form.
    """
    rules = {
        "tab_in_text": any("\t" in text for text in (title, heading, introduction, closing)),
        "several_lines": "\n" in title or "\n" in heading,
        "date_without_title": dated is not None and not title,
        "date_in_title": dated is None and DATED_TITLE.fullmatch(title) is not None,
        "heading_without_title": bool(heading) and not title,
        "introduction_without_heading": bool(introduction) and not heading,
    }
    return next((code for code, is_broken in rules.items() if is_broken), None)
