"""Finding out from the content of a file which format it has, as names are often wrong. Pure: no Django."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Container

from registry.core.text import text_key
from registry.document import DocumentProblems, column_of, text_reader
from registry.files.formats.table import refuse
from registry.files.formats.zip_limits import COMPOUND_FILE, ENCRYPTED_PACKAGE

ZIP_FILE = b"PK\x03\x04"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
#: The formats whose files are packages, by an entry that only they have.
PACKAGES = {"xl/workbook.xml": "xlsx", "content.xml": "ods"}
#: What other packages are, by an entry.
OTHER_PACKAGES = {
    "xl/workbook.bin": "Excel (xlsb)",
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "index/document.iwa": "Numbers",
}
#: How texts begin that no reader reads, and what they are.
OTHER_TEXTS = {
    re.compile(r"%PDF-"): "PDF",
    re.compile(r"\{\\rtf"): "RTF",
    re.compile(r"(?:<[?!][^>]*>\s*)*<(?:html|head|body|meta|table|div)\b|<!doctype\s+html", re.IGNORECASE): "HTML",
    re.compile(r"<\?xml\b|<(?:\w+:)?Workbook\b"): "XML",
}
TEXTS = {"csv", "tsv", "document"}
JSON = re.compile(r"\[\s*[{\]]|\{\s*[\"}]")
BINARY = re.compile("[\x00-\x08\x0e-\x1f]")
#: Characters of the beginning of a text that are looked at.
START_LENGTH = 256 * 1024
SEPARATORS = ";", ",", "|"


def format_of_content(data: bytes, named: str, headings: Container[str] = ()) -> str:
    """Return the code of the format that the content has; ``named``, the code by name, where the content fits it.

    ``headings`` are the text keys of known headings besides the document's. Raises ``DocumentProblems`` for a kind of
    file that is recognised, but not read.
    """
    if data.startswith(ZIP_FILE):
        return format_of_package(data) or named
    if data.startswith(COMPOUND_FILE):
        return "xlsx" if named == "xlsx" and ENCRYPTED_PACKAGE in data else "xls"
    start = beginning(data)
    for pattern, kind in OTHER_TEXTS.items():
        if pattern.match(start):
            raise refuse("other_kind_of_file", line=0, kind=kind)
    if not start or BINARY.search(start):
        return named
    if JSON.match(start):
        return "json"
    if named == "document":
        return format_of_text(start, headings)
    is_table = any(separator in start.partition("\n")[0] for separator in (*SEPARATORS, "\t"))
    return named if named in TEXTS or not is_table else "csv"


def beginning(data: bytes) -> str:
    """Return the beginning of a text without blanks before it; empty if the bytes are no text."""
    try:
        return text_reader(data).read(START_LENGTH).lstrip("\ufeff \t\r\n")
    except DocumentProblems:
        return ""


def format_of_package(data: bytes) -> str:
    """Return the code of the format of a zip file, empty if it is unknown or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = {name.lower() for name in package.namelist()}
    except Exception:  # zipfile raises many kinds of errors for damaged files
        return ""
    for name, kind in OTHER_PACKAGES.items():
        if name in names:
            raise refuse("other_kind_of_file", line=0, kind=kind)
    return next((code for name, code in PACKAGES.items() if name in names), "")


def format_of_text(start: str, headings: Container[str]) -> str:
    """Return the format of a text: the document, or a table with other separators or more columns than it has."""
    lines = start.splitlines()
    for line in lines:
        cells = line.split("\t")
        if known_count(cells, ()) > 1:
            return "document" if known_count(cells, headings) == known_count(cells, ()) else "tsv"
    for separator in SEPARATORS:
        if any(known_count(line.split(separator), headings) > 1 for line in lines):
            return "csv"
    return "document"


def known_count(cells: list[str], headings: Container[str]) -> int:
    bare = [cell.strip().strip('"') for cell in cells]
    return sum(1 for cell in bare if column_of(cell) or text_key(cell) in headings)
