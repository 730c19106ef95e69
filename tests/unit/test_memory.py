"""No file, however made, takes more than bounded memory: neither where it is read, nor where that was asked for."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

#: What the process takes with Django and all readers loaded is not counted.
READ = """
import re, resource, sys
from pathlib import Path
import django
django.setup()
from registry.document import DocumentProblems
from registry.files.format_registry import BY_CODE

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024

data = sys.stdin.buffer.read()
before = peak()
try:
    BY_CODE[sys.argv[1]]().read(data)
    said = "read"
except DocumentProblems as refused:
    said = refused.problems[0].code
print(said, before, peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


#: Megabytes of a reading process that has not read anything yet.
EMPTY = 45
#: By how many the process that asks may grow: it holds the rows up to the first one too many.
ASKING = 100


def reading(code: str, data: bytes) -> tuple[str, int, int]:
    """What came of it, and by how many megabytes the process that read and the one that asked grew.

    The peak of a new process begins with that of the one that starts it.
    """
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", READ, code], input=data, capture_output=True, env=environment, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    said, *megabytes = done.stdout.decode().split()
    before, after, read = map(int, megabytes)
    return said, 0 if read <= after else read - EMPTY, after - before


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
MILLION = 1_000_000
TWENTY = 20 * 1024 * 1024

HOSTILE = {
    "a zip bomb as xlsx": ("xlsx", lambda: workbook(sheet(b" " * 300_000_000)), "unpacks_too_large", 60),
    "a zip bomb as ods": ("ods", lambda: spreadsheet(b" " * 300_000_000), "unpacks_too_large", 60),
    "an XML bomb as xlsx": ("xlsx", lambda: workbook(LAUGHS + b"]>" + sheet(b"")), "declares_entities", 40),
    "an XML bomb as ods": (
        "ods",
        lambda: package({"content.xml": LAUGHS + b"]><l>&j;</l>"}),
        "declares_entities",
        40,
    ),
    "a cell at the far corner": (
        "xlsx",
        lambda: workbook(
            sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        ),
        "too_wide",
        40,
    ),
    "rows repeated without end": (
        "ods",
        lambda: spreadsheet(
            b'<table:table-row table:number-rows-repeated="2000000000"><table:table-cell office:value-type="string">'
            b"<text:p>x</text:p></table:table-cell></table:table-row>"
        ),
        "too_many_rows",
        40,
    ),
    "cells repeated without end": (
        "ods",
        lambda: spreadsheet(
            b'<table:table-row><table:table-cell table:number-columns-repeated="2000000000" office:value-type="string">'
            b"<text:p>x</text:p></table:table-cell></table:table-row>"
        ),
        "too_many_columns",
        40,
    ),
    "deep JSON": ("json", lambda: b"[" * MILLION, "nested_too_deep", 80),
    "deep JSON in an entry": ("json", lambda: b'[{"a":' + b"[" * MILLION, "nested_too_deep", 80),
    "JSON of one endless entry": ("json", lambda: b'[{"a": "' + b"x" * TWENTY, "unreadable_file", 200),
    "JSON of keys without end": (
        "json",
        lambda: b"[{" + b",".join(b'"%d":1' % n for n in range(MILLION)) + b"}]",
        "too_many_columns",
        400,
    ),
    "a million entries of JSON": (
        "json",
        lambda: b"[" + b",".join([b'{"Orsak":"p"}'] * MILLION) + b"]",
        "too_many_rows",
        80,
    ),
    "csv of one endless cell": ("csv", lambda: f'{HEADINGS}\n"'.encode() + b"x" * TWENTY, "unreadable_row", 200),
    "csv of one endless line": ("csv", lambda: b"," * TWENTY, "unreadable_row", 400),
    "a million rows of csv": (
        "csv",
        lambda: f"{HEADINGS}\n".encode() + b"".join(b"V%d,P,D,SE,G\n" % n for n in range(MILLION)),
        "too_many_rows",
        250,
    ),
    "a million rows of xlsx": (
        "xlsx",
        lambda: workbook(
            sheet(b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, MILLION)))
        ),
        "too_many_rows",
        400,
    ),
    "a document of one endless line": ("document", lambda: b"x" * TWENTY, "no_heading_row", 300),
    "a document of a million lines": ("document", lambda: b"a\tb\n" * MILLION, "no_heading_row", 600),
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its own peak")
@pytest.mark.parametrize(("code", "data", "problem", "megabytes"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_within_bounds(code, data, problem, megabytes):
    said, read, grown = reading(code, data())
    assert (said, read < megabytes, grown < ASKING) == (problem, True, True), f"{said}, {read} and {grown} MB"
