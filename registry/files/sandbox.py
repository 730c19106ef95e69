"""Reading uploaded files in a separate process with limited memory, time and output.

A hostile file may crash the process that reads it: then the import is refused, and the server goes on. The process is
not a fork of the server. It receives the file and a request, but no settings, environment or database, and answers with
data only: see ``registry.files.sandbox_messages``.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore, Thread, Timer
from typing import IO, Any, BinaryIO, cast

from django.conf import settings

from registry.document import Document, DocumentProblems, Problem, Row
from registry.files.formats.cells import Cell
from registry.files.formats.grids import Grid, Mark
from registry.files.formats.sheets import WhichSheet
from registry.files.formats.table import Fault, Table, refuse
from registry.files.sandbox_messages import BrokenMessage, read_messages

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
#: Ignores Python's environment variables and the user's packages.
PROGRAM = [sys.executable, "-E", "-s", "-m", "registry.files.sandbox_process"]

MEGABYTE = 1024 * 1024
#: Of the reading process, in bytes. The largest accepted file takes about a third.
MEMORY = 1536 * MEGABYTE
COMPUTING_SECONDS, SECONDS = 120, 300
#: Of the whole answer, in bytes.
MOST_OUTPUT = 800 * MEGABYTE
#: How many files a server process reads at a time, and how many seconds others wait before they are refused.
AT_A_TIME, PATIENCE = 2, 60
_places = BoundedSemaphore(AT_A_TIME)


@contextmanager
def read_in_sandbox(
    format_code: str,
    data: bytes,
    *,
    sheet: str = "",
    headings: Collection[str] = (),
    sheet_headings: Collection[str] = (),
) -> Iterator[tuple[Document | Table, list[Mark]]]:
    """Yield the content of a file, and what else it says of lines and cells, which is complete when the rows are read.

    The rows of a table are read while the block iterates over them.

    ``format_code`` is that of its name; a content of another format is read as what it is. ``sheet`` names a sheet of a
    workbook. ``headings`` are the text keys of known headings besides the document's, ``sheet_headings`` those that
    tell a sheet with the register. Raises ``DocumentProblems`` for what is wrong with the file, and ``WhichSheet`` if a
    sheet has to be chosen.
    """
    options = {"sheet": sheet, "headings": list(headings), "sheet_headings": list(sheet_headings)}
    with answer_to(format_code, data, **options) as answer:
        yield received_content(answer), answer.marks


def read_grids(format_code: str, data: bytes) -> list[Grid]:
    """Return all sheets of a file, or its text, as grids. ``format_code`` is that of its name: the content may differ.

    Raises ``DocumentProblems`` for what cannot be read.
    """
    with answer_to(format_code, data, grids=True) as answer:
        return received_grids(answer)


@contextmanager
def answer_to(format_code: str, data: bytes, **options: object) -> Iterator[ReaderAnswer]:
    """Yield the answer of a reading process to a request, of which ``options`` is a part."""
    request = {
        "format": format_code,
        **options,
        "most_rows": settings.IMPORT_MAX_ROWS,
        "memory": MEMORY,
        "seconds": COMPUTING_SECONDS,
    }
    if not _places.acquire(timeout=PATIENCE):
        raise refuse("readers_are_busy", line=0)
    try:
        with running_process(request, data) as process:
            yield answer_of(process, format_code)
    finally:
        _places.release()


@contextmanager
def running_process(request: Mapping[str, object], data: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the reading process; it is ended with the block, whatever happens."""
    try:
        process = subprocess.Popen(  # noqa: S603 - this program, without a shell
            PROGRAM, cwd=ROOT, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        log.warning("no process to read a file could be started: %s", error)
        raise refuse("readers_are_busy", line=0) from None
    feeding = Thread(target=feed, args=(process.stdin, json.dumps(request).encode() + b"\n", data), daemon=True)
    timeout = Timer(SECONDS, process.kill)
    try:
        timeout.start()
        feeding.start()
        yield process
    finally:
        timeout.cancel()
        process.kill()
        process.wait()
        feeding.join()
        cast("IO[bytes]", process.stdout).close()


def feed(stdin: IO[bytes], request: bytes, data: bytes) -> None:
    """Write the request and the file to the process, which may end before it has read all of it."""
    with suppress(OSError):
        stdin.write(request)
        for start in range(0, len(data), MEGABYTE):
            stdin.write(data[start : start + MEGABYTE])
    with suppress(OSError):
        stdin.close()


@dataclass
class ReaderAnswer:
    """The messages of the reading process.

    ``end_process`` ends the process and returns how it ended, for the log; called if the last message is missing.
    """

    received: Iterator[dict[str, Any]]
    format_code: str
    end_process: Callable[[], str]
    #: What the file says besides its values; complete at the end.
    marks: list[Mark] = field(default_factory=list)

    def next(self) -> dict[str, Any] | None:
        """Return the next message, or None at the end. Raises ``DocumentProblems`` if the file is refused."""
        while "marks" in (message := self._next()):
            self.marks += (Mark(*mark) for mark in message["marks"])
        if "problems" in message:
            raise received_problems(message)
        return None if "end" in message else message

    def _next(self) -> dict[str, Any]:
        message = None
        with suppress(BrokenMessage):
            message = next(self.received, None)
        failed = self.end_process() if message is None else message.get("failed", "")
        if message is None or failed:
            log.warning("a file (%s) could not be read: %s", self.format_code, failed)
            raise refuse("reading_failed", line=0)
        return message


def answer_of(process: subprocess.Popen[bytes], format_code: str) -> ReaderAnswer:
    def end_process() -> str:
        process.kill()
        return f"the process ended with status {process.wait()}"

    return ReaderAnswer(read_messages(cast("BinaryIO", process.stdout), MOST_OUTPUT), format_code, end_process)


def received_problems(message: dict[str, Any]) -> DocumentProblems:
    if message["sheets"] is not None:
        return WhichSheet(message["sheets"])
    return DocumentProblems(Problem(*problem) for problem in message["problems"])


def received_content(answer: ReaderAnswer) -> Document | Table:
    start = answer.next() or {}
    return received_document(start, answer) if "title" in start else received_table(start, answer)


def received_document(start: dict[str, Any], answer: ReaderAnswer) -> Document:
    pages: list[list[Row]] = []
    while message := answer.next():
        for page, vendor, purpose, data, country, basis, mechanisms, line in message["rows"]:
            if page == len(pages):
                pages.append([])
            pages[page].append(Row(vendor, purpose, data, country, basis, tuple(mechanisms), line))
    dated = date.fromisoformat(start["dated"]) if start["dated"] else None
    return Document(**{**start, "dated": dated, "pages": tuple(map(tuple, pages))})


def received_table(start: dict[str, Any], answer: ReaderAnswer) -> Table:
    """Return a table whose rows are received on iteration. The faults of a row are known once it is received."""
    faults: dict[int, dict[int, Fault]] = {}
    add_faults(faults, start)

    def rows() -> Iterator[tuple[int, list[Cell]]]:
        while message := answer.next():
            add_faults(faults, message)
            yield from message["rows"]

    headings = [str(heading) for heading in start["headings"]]
    return Table(
        headings, rows(), faults=faults, line=start["line"], below_headings=start["below_headings"], marks=answer.marks
    )


def received_grids(answer: ReaderAnswer) -> list[Grid]:
    grids: list[Grid] = []
    while message := answer.next():
        if "grid" in message:
            answer.marks = []
            grids.append(Grid(message["grid"], marks=answer.marks))
        else:
            grids[-1].rows += ((line, cells) for line, cells in message["rows"])
    return grids


def add_faults(faults: dict[int, dict[int, Fault]], message: dict[str, Any]) -> None:
    for line, place, code, params in message["faults"]:
        faults.setdefault(line, {})[place] = Fault(code, params)
