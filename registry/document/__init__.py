"""The document: title with its date, heading, introduction, tables under column headings, closing text. No Django.

``parse()`` returns a ``Document`` or raises ``DocumentProblems`` with every problem and its line. ``render()`` is its
inverse: the original and every rendered file are reproduced byte for byte, and nothing the register can hold is lost.

- Bytes: UTF-8 or UTF-16 with or without a byte order mark, else Windows-1252 or Mac Roman. Lines end with LF,
  CRLF or CR.
- Tabs separate cells. A cell that begins with a quotation mark is quoted as in spreadsheet programs: it ends with
  another one, may contain tabs and line ends, and "" for a quotation mark. Blank cells at the end are ignored.
- The first line with two known column headings begins the table. Above it, the first filled line is the title, with a
  date in parentheses or without; the next one the heading; the rest, blank lines included, the introduction.
- The headings may be in any order, in Swedish or English. Where all five are repeated, a page begins; a page without
  rows is dropped. A line of one cell right below a heading or a row is a (broken) row.
- A line of one cell below a blank line ends the table and begins the closing text, which runs to the end of the file.
- "Laglig grund" is a legal basis and, after " + ", transfer mechanisms: "+ Privacy Shield" states no basis.
"""

from registry.document.content import Document, Row
from registry.document.encoding import decode, text_reader
from registry.document.grounds import GroundProblem, label_problem, legal_ground, mechanisms_in, split_legal_ground
from registry.document.headings import (
    ACCEPTED_HEADINGS,
    HEADINGS,
    Heading,
    bare_heading,
    column_of,
    has_all_headings,
)
from registry.document.misreading import put_right
from registry.document.problems import MESSAGES, DocumentProblems, Problem
from registry.document.reading import parse
from registry.document.rows import check_rows, read_row, repetitions
from registry.document.writing import frame_problem, render, unwritable

__all__ = [
    "ACCEPTED_HEADINGS",
    "HEADINGS",
    "MESSAGES",
    "Document",
    "DocumentProblems",
    "GroundProblem",
    "Heading",
    "Problem",
    "Row",
    "bare_heading",
    "check_rows",
    "column_of",
    "decode",
    "frame_problem",
    "has_all_headings",
    "label_problem",
    "legal_ground",
    "mechanisms_in",
    "parse",
    "put_right",
    "read_row",
    "render",
    "repetitions",
    "split_legal_ground",
    "text_reader",
    "unwritable",
]
