"""Files made to hurt, and how much memory reading them takes.

``tests/unit/test_memory.py`` tries them small, under lower limits; ``tests.load.hostile`` in full size.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import xlsxwriter

#: What the process takes with Django and all readers loaded is not counted.
READ = """
import re, resource, sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from registry.document import DocumentProblems
from registry.files.format_registry import FORMATS_BY_CODE

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024

settings.IMPORT_MAX_ROWS = int(sys.argv[2])
data = sys.stdin.buffer.read()
before = peak()
try:
    FORMATS_BY_CODE[sys.argv[1]]().read(data)
    said = "read"
except DocumentProblems as refused:
    said = refused.problems[0].code
print(said, before, peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""
#: Megabytes of a reading process that has not read anything yet.
EMPTY = 45


class Size(NamedTuple):
    """How large hostile files are, and how many rows the register takes then."""

    rows: int
    bytes: int
    most_rows: int


FULL = Size(rows=1_000_000, bytes=300_000_000, most_rows=200_000)
SMALL = Size(rows=100_000, bytes=30_000_000, most_rows=20_000)


class Hostile(NamedTuple):
    """A file by its size; the problem by which it is refused; by how many megabytes the reading process may grow."""

    code: str
    content: Callable[[Size], bytes]
    problem: str
    full: int
    small: int


class Reading(NamedTuple):
    """What came of a file, and by how many megabytes the process that read it and the one that asked grew."""

    outcome: str
    read: int
    asked: int


def reading(code: str, data: bytes, size: Size) -> Reading:
    """Read a file as the product does. The peak of a new process begins with that of the one that starts it."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", READ, code, str(size.most_rows)]
    done = subprocess.run(command, input=data, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    outcome, *megabytes = done.stdout.decode().split()
    before, after, read = map(int, megabytes)
    return Reading(outcome, 0 if read <= after else read - EMPTY, after - before)


def package(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return target.getvalue()


def workbook(sheet: bytes) -> bytes:
    whole = io.BytesIO()
    xlsxwriter.Workbook(whole).close()
    with zipfile.ZipFile(whole) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    return package({**entries, "xl/worksheets/sheet1.xml": sheet})


def sheet(rows: bytes) -> bytes:
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return start + rows + b"</sheetData></worksheet>"


def spreadsheet(rows: bytes) -> bytes:
    names = b" ".join(
        b'xmlns:%s="urn:oasis:names:tc:opendocument:xmlns:%s:1.0"' % (name, name)
        for name in (b"office", b"table", b"text")
    )
    body = (
        b"<office:body><office:spreadsheet><table:table>" + rows + b"</table:table></office:spreadsheet></office:body>"
    )
    return package({"content.xml": b"<office:document-content " + names + b">" + body + b"</office:document-content>"})


HEADINGS = "Leverantör,Orsak,Uppgifter,Land,Laglig grund"
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "lol">' + b"".join(
    b'<!ENTITY %c "%s">' % (ord("b") + n, b"&%c;" % (ord("a") + n) * 10) for n in range(9)
)

HOSTILE = {
    "a zip bomb as xlsx": Hostile("xlsx", lambda size: workbook(sheet(b" " * size.bytes)), "unpacks_too_large", 60, 20),
    "a zip bomb as ods": Hostile("ods", lambda size: spreadsheet(b" " * size.bytes), "unpacks_too_large", 60, 20),
    "an XML bomb as xlsx": Hostile(
        "xlsx", lambda size: workbook(LAUGHS + b"]>" + sheet(b"")), "declares_entities", 40, 40
    ),
    "an XML bomb as ods": Hostile(
        "ods", lambda size: package({"content.xml": LAUGHS + b"]><l>&j;</l>"}), "declares_entities", 40, 40
    ),
    "a cell at the far corner": Hostile(
        "xlsx",
        lambda size: workbook(
            sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        ),
        "too_wide",
        40,
        40,
    ),
    "rows repeated without end": Hostile(
        "ods",
        lambda size: spreadsheet(
            b'<table:table-row table:number-rows-repeated="2000000000"><table:table-cell office:value-type="string">'
            b"<text:p>x</text:p></table:table-cell></table:table-row>"
        ),
        "too_many_rows",
        40,
        40,
    ),
    "cells repeated without end": Hostile(
        "ods",
        lambda size: spreadsheet(
            b'<table:table-row><table:table-cell table:number-columns-repeated="2000000000" office:value-type="string">'
            b"<text:p>x</text:p></table:table-cell></table:table-row>"
        ),
        "too_many_columns",
        40,
        40,
    ),
    "deep JSON": Hostile("json", lambda size: b"[" * size.rows, "nested_too_deep", 80, 40),
    "deep JSON in an entry": Hostile("json", lambda size: b'[{"a":' + b"[" * size.rows, "nested_too_deep", 80, 40),
    "JSON of one endless entry": Hostile(
        "json", lambda size: b'[{"a": "' + b"x" * (size.bytes // 15), "unreadable_file", 200, 40
    ),
    "JSON of keys without end": Hostile(
        "json",
        lambda size: b"[{" + b",".join(b'"%d":1' % n for n in range(size.rows)) + b"}]",
        "too_many_columns",
        400,
        60,
    ),
    "a million entries of JSON": Hostile(
        "json", lambda size: b"[" + b",".join([b'{"Orsak":"p"}'] * size.rows) + b"]", "too_many_rows", 80, 40
    ),
    "csv of one endless cell": Hostile(
        "csv", lambda size: f'{HEADINGS}\n"'.encode() + b"x" * (size.bytes // 15), "unreadable_row", 200, 40
    ),
    "csv of one endless line": Hostile("csv", lambda _size: b"," * 20_000_000, "unreadable_row", 400, 400),
    "a million rows of csv": Hostile(
        "csv",
        lambda size: f"{HEADINGS}\n".encode() + b"".join(b"V%d,P,D,SE,G\n" % n for n in range(size.rows)),
        "too_many_rows",
        250,
        50,
    ),
    "a million rows of xlsx": Hostile(
        "xlsx",
        lambda size: workbook(
            sheet(b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, size.rows)))
        ),
        "too_many_rows",
        400,
        60,
    ),
    "a document of one endless line": Hostile(
        "document", lambda size: b"x" * (size.bytes // 15), "no_heading_row", 300, 50
    ),
    "a document of a million lines": Hostile("document", lambda size: b"a\tb\n" * size.rows, "no_heading_row", 600, 80),
}
