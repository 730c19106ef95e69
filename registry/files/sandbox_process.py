"""The process that reads one uploaded file and writes its content to standard output as messages.

Started by ``registry.files.sandbox``, which may end it at any time. Pure: no Django, no settings, no secrets.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple
from itertools import batched
from typing import Any, BinaryIO

from registry.document import Document, DocumentProblems, Problem, Row, parse
from registry.files.formats import table
from registry.files.formats.content import format_of_content
from registry.files.formats.csv import read_csv
from registry.files.formats.grid_reading import grids_of_format
from registry.files.formats.grids import Grid, Mark
from registry.files.formats.json import read_json
from registry.files.formats.ods import read_ods
from registry.files.formats.sheets import WhichSheet
from registry.files.formats.table import WORKBOOKS, Table, check_row_count, refuse
from registry.files.formats.xls import read_xls
from registry.files.formats.xlsx import read_xlsx
from registry.files.sandbox_messages import encode_message

ROWS_PER_MESSAGE = 500

ReadRequest = Mapping[str, Any]
Message = Mapping[str, Any]


def read_document(data: bytes) -> Document:
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="txt")
    document = parse(data)
    check_row_count(len(document.rows))
    return document


#: The readers of files by the code of their format; each takes the bytes and the request.
READERS: Mapping[str, Callable[[bytes, ReadRequest], Document | Table]] = {
    "xlsx": lambda data, request: read_xlsx(data, request["sheet"], request["sheet_headings"]),
    "xls": lambda data, request: read_xls(data, request["sheet"], request["sheet_headings"]),
    "ods": lambda data, request: read_ods(data, request["sheet"], request["sheet_headings"]),
    "csv": lambda data, request: read_csv(data, request["headings"]),
    "tsv": lambda data, request: read_csv(data, request["headings"]),
    "json": lambda data, _request: read_json(data),
    "document": lambda data, _request: read_document(data),
}


def main() -> None:
    """Limit memory and time, then answer the request on standard input. The process ends if it reaches a limit."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    request = json.loads(source.readline())
    limit_resources(request["memory"], request["seconds"])
    for message in answer_messages(request, source):
        target.write(encode_message(message))
    target.flush()


def limit_resources(memory: int, seconds: int) -> None:
    """Limit memory (in bytes) and CPU time (in seconds), and forbid writing files and core dumps."""
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def answer_messages(request: ReadRequest, source: BinaryIO) -> Iterator[Message]:
    """Yield the content of the file as messages; the last one marks the end, or says why the file is refused."""
    table.MOST_ROWS = request["most_rows"]
    try:
        yield from grid_messages(request, source) if request.get("grids") else content_messages(request, source)
        yield {"end": True}
    except DocumentProblems as refused:
        yield {"problems": [problem_values(problem) for problem in refused.problems], "sheets": sheets_of(refused)}
    except MemoryError:
        yield {"failed": "memory"}
    except Exception as error:  # a defect of a reader: the file is refused, and the server logs the error
        yield {"failed": f"{type(error).__name__}: {error}"[:500]}


def content_messages(request: ReadRequest, source: BinaryIO) -> Iterator[Message]:
    """Yield the content as that of the format that it has, and then what the file says besides it."""
    data = source.read()
    code = format_of_content(data, request["format"], request["headings"])
    content = READERS[code](data, request)
    yield from messages_of(content)
    yield from mark_messages(
        [*format_marks(request["format"], code), *(content.marks if isinstance(content, Table) else ())]
    )


def grid_messages(request: ReadRequest, source: BinaryIO) -> Iterator[Message]:
    """Yield for each grid its name, then its rows, then its marks."""
    data = source.read()
    code = format_of_content(data, request["format"])
    grids = grids_of_format(code, data)
    if grids:
        grids[0].marks += format_marks(request["format"], code)
    while grids:
        yield from messages_of_grid(grids.pop(0))


def messages_of_grid(grid: Grid) -> Iterator[Message]:
    yield {"grid": grid.name}
    for rows in batched(grid.rows, ROWS_PER_MESSAGE):
        yield {"rows": rows}
    yield from mark_messages(grid.marks)


def format_marks(named: str, code: str) -> Iterator[Mark]:
    if code == "xls":
        yield Mark("old_workbook", 0)
    elif code != named:
        yield Mark("read_as", 0, text=code)


def mark_messages(marks: Iterable[Mark]) -> Iterator[Message]:
    for batch in batched(marks, ROWS_PER_MESSAGE):
        yield {"marks": [astuple(mark) for mark in batch]}


def problem_values(problem: Problem) -> list[object]:
    return [problem.line, problem.code, dict(problem.params), problem.column]


def sheets_of(refused: DocumentProblems) -> list[str] | None:
    return list(refused.names) if isinstance(refused, WhichSheet) else None


def messages_of(content: Document | Table) -> Iterator[Message]:
    return document_messages(content) if isinstance(content, Document) else table_messages(content)


def document_messages(document: Document) -> Iterator[Message]:
    yield {
        "title": document.title,
        "dated": document.dated.isoformat() if document.dated else None,
        "heading": document.heading,
        "introduction": document.introduction,
        "closing": document.closing,
    }
    rows = ((page, row) for page, rows in enumerate(document.pages) for row in rows)
    for batch in batched(rows, ROWS_PER_MESSAGE):
        yield {"rows": [[page, *row_values(row)] for page, row in batch]}


def row_values(row: Row) -> list[object]:
    """Return the values of a row in the order of its fields."""
    texts = row.vendor, row.purpose, row.personal_data, row.country, row.legal_basis
    return [*texts, row.mechanisms, row.line]


def table_messages(table: Table) -> Iterator[Message]:
    yield {
        "headings": table.headings,
        "line": table.line,
        "below_headings": table.below_headings,
        "faults": fault_values(table, [table.line]),
    }
    for batch in batched(table.rows, ROWS_PER_MESSAGE):
        yield {"rows": batch, "faults": fault_values(table, (line for line, _cells in batch))}


def fault_values(table: Table, lines: Iterable[int]) -> list[list[object]]:
    return [
        [line, place, fault.code, dict(fault.params)]
        for line in lines
        for place, fault in table.faults.get(line, {}).items()
    ]


if __name__ == "__main__":
    main()
