"""Read one file of others and pass on what it says. Runs as a process of its own, which may end at any moment.

Started by ``registry.files.sandbox``. Pure: no Django, no settings, no secrets.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import batched
from typing import Any, BinaryIO

from registry.document import Document, DocumentProblems, Row, parse
from registry.files.formats import table
from registry.files.formats.csv import read_csv
from registry.files.formats.json import read_json
from registry.files.formats.ods import read_ods
from registry.files.formats.sheets import WhichSheet
from registry.files.formats.table import WORKBOOKS, Table, check_row_count, refuse
from registry.files.formats.xlsx import read_xlsx
from registry.files.sandbox_messages import encode_message

#: Rows in a message.
ROWS_PER_MESSAGE = 500

ReadRequest = Mapping[str, Any]
Message = Mapping[str, Any]


def read_document(data: bytes) -> Document:
    if data.startswith(WORKBOOKS):
        raise refuse("unreadable_file", line=0, format="txt")
    document = parse(data)
    check_row_count(len(document.rows))
    return document


#: By code of a format how its files are read; each takes the bytes and what is asked.
READERS: Mapping[str, Callable[[bytes, ReadRequest], Document | Table]] = {
    "xlsx": lambda data, ask: read_xlsx(data, ask["sheet"], ask["headings"]),
    "ods": lambda data, ask: read_ods(data, ask["sheet"], ask["headings"]),
    "csv": lambda data, ask: read_csv(data, ask["headings"]),
    "tsv": lambda data, ask: read_csv(data, ask["headings"]),
    "json": lambda data, _ask: read_json(data),
    "document": lambda data, _ask: read_document(data),
}


def main() -> None:
    """Bound memory and time, then answer the question on standard input. Ends by itself where a bound is reached."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    ask = json.loads(source.readline())
    limit_resources(ask["memory"], ask["seconds"])
    for message in answer_messages(ask, source):
        target.write(encode_message(message))
    target.flush()


def limit_resources(memory: int, seconds: int) -> None:
    """``memory`` in bytes, ``seconds`` of computing time. No file can be written, and no core is left behind."""
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def answer_messages(ask: ReadRequest, source: BinaryIO) -> Iterator[Message]:
    """What the file says, as messages; the last one says that it is the last."""
    table.MOST_ROWS = ask["most_rows"]
    try:
        yield from messages_of(READERS[ask["format"]](source.read(), ask))
        yield {"end": True}
    except DocumentProblems as refused:
        yield {"problems": [problem_values(problem) for problem in refused.problems], "sheets": sheets_of(refused)}
    except MemoryError:
        yield {"failed": "memory"}
    except Exception as error:  # a reader that stumbles: the file is refused, and the log tells which error it was
        yield {"failed": f"{type(error).__name__}: {error}"[:500]}


def problem_values(problem: Any) -> list[Any]:
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
    for some in batched(rows, ROWS_PER_MESSAGE):
        yield {"rows": [[page, *row_values(row)] for page, row in some]}


def row_values(row: Row) -> list[Any]:
    """Its values in the order of its fields."""
    texts = row.vendor, row.purpose, row.personal_data, row.country, row.legal_basis
    return [*texts, row.mechanisms, row.line]


def table_messages(table: Table) -> Iterator[Message]:
    yield {
        "headings": table.headings,
        "line": table.line,
        "below_headings": table.below_headings,
        "faults": fault_values(table, [table.line]),
    }
    for some in batched(table.rows, ROWS_PER_MESSAGE):
        yield {"rows": some, "faults": fault_values(table, (line for line, _cells in some))}


def fault_values(table: Table, lines: Iterable[int]) -> list[Any]:
    return [
        [line, place, fault.code, dict(fault.params)]
        for line in lines
        for place, fault in table.faults.get(line, {}).items()
    ]


if __name__ == "__main__":
    main()
