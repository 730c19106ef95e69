"""The document: tab-separated text with a title, an introduction, tables on pages, and a closing sentence.

``parse(data)`` gives a ``Document`` or raises ``DocumentProblems``: every problem, each with its line. ``render`` gives the
bytes back. Whatever the register can hold survives ``render`` → ``parse``; rendering the original gives the original.
Pure: no Django.

- Cells are separated by tabs. A cell that begins with a quotation mark is quoted the way spreadsheet programs do it:
  ``""`` stands for a mark, and tabs and newlines may stand inside. All text is read clean (``registry.text``).
- Before the first row of column headings: title with its date, heading, introduction. The headings return on each page.
- A line of one cell that follows the table after a blank line begins the closing text, which runs to the end.
- "Laglig grund" holds a legal basis and, after " + ", transfer mechanisms.
"""

from registry.document.cells import decode
from registry.document.ground import label_problem, legal_ground, split_legal_ground
from registry.document.parts import (
    HEADINGS,
    MESSAGES,
    Document,
    DocumentProblems,
    Heading,
    Problem,
    Row,
    column_of,
)
from registry.document.reading import parse
from registry.document.rows import RowChecker, check_headings
from registry.document.writing import frame_problem, render

__all__ = [
    "HEADINGS",
    "MESSAGES",
    "Document",
    "DocumentProblems",
    "Heading",
    "Problem",
    "Row",
    "RowChecker",
    "check_headings",
    "column_of",
    "decode",
    "frame_problem",
    "label_problem",
    "legal_ground",
    "parse",
    "render",
    "split_legal_ground",
]
