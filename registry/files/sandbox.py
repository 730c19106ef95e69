"""Files of others are read in a process of their own, with bounded memory, time and output.

A native library, or a file made to hurt, can end the process that reads it; then this one import is refused, and the
server goes on. The process is a new one and no fork of the server. It gets the file and what is asked of it, nothing
else: no settings, no environment, no database. What it answers is data (``registry.files.sandbox_messages``).
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore, Thread, Timer
from typing import IO, Any, BinaryIO, cast

from django.conf import settings

from registry.document import Document, DocumentProblems, Problem, Row
from registry.files.formats.cells import Cell
from registry.files.formats.sheets import WhichSheet
from registry.files.formats.table import Fault, Table, refuse
from registry.files.sandbox_messages import BrokenMessage, read_messages

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
#: Without the variables of Python and the packages of the user: the same wherever the server runs.
PROGRAM = [sys.executable, "-E", "-s", "-m", "registry.files.sandboxed"]

MEGABYTE = 1024 * 1024
#: Of the reading process. The largest file that may come in takes about a third.
MEMORY = 1536 * MEGABYTE
COMPUTING_SECONDS, SECONDS = 120, 300
#: Of all that it answers.
MOST_OUTPUT = 800 * MEGABYTE
#: So many files are read at a time by a server process; others wait for so many seconds, and are then refused.
AT_A_TIME, PATIENCE = 2, 60
_places = BoundedSemaphore(AT_A_TIME)


@contextmanager
def read_in_sandbox(
    format_code: str, data: bytes, *, sheet: str = "", headings: Collection[str] = ()
) -> Iterator[Document | Table]:
    """What a file says. The rows of a table are read while the block goes through them.

    ``sheet`` names one of a workbook's; ``headings`` are the keys of headings that the register knows besides the
    document's. Raises ``DocumentProblems`` for all that is wrong with the file, ``WhichSheet`` where the sheet has to
    be named.
    """
    ask = {
        "format": format_code,
        "sheet": sheet,
        "headings": list(headings),
        "most_rows": settings.IMPORT_MAX_ROWS,
        "memory": MEMORY,
        "seconds": COMPUTING_SECONDS,
    }
    if not _places.acquire(timeout=PATIENCE):
        raise refuse("readers_are_busy", line=0)
    try:
        with running_process(ask, data) as process:
            yield received_content(answer_of(process, format_code))
    finally:
        _places.release()


@contextmanager
def running_process(ask: Any, data: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """The reading process; it is gone at the end of the block, whatever happened."""
    try:
        process = subprocess.Popen(  # noqa: S603 - this program, without a shell
            PROGRAM, cwd=ROOT, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        log.warning("no process to read a file could be started: %s", error)
        raise refuse("readers_are_busy", line=0) from None
    feeding = Thread(target=feed, args=(process.stdin, json.dumps(ask).encode() + b"\n", data), daemon=True)
    over = Timer(SECONDS, process.kill)
    try:
        over.start()
        feeding.start()
        yield process
    finally:
        over.cancel()
        process.kill()
        process.wait()
        feeding.join()
        cast("IO[bytes]", process.stdout).close()


def feed(stdin: IO[bytes], ask: bytes, data: bytes) -> None:
    """Hand the question and the file over; a process that ends before it has read all of it is its own matter."""
    with suppress(OSError):
        stdin.write(ask)
        for start in range(0, len(data), MEGABYTE):
            stdin.write(data[start : start + MEGABYTE])
    with suppress(OSError):
        stdin.close()


@dataclass
class Answer:
    """What the reading process says, message by message, up to the one that is its last.

    ``ended`` ends the process and tells how it ended: asked where the last message is missing.
    """

    received: Iterator[dict[str, Any]]
    format_code: str
    ended: Callable[[], str]

    def next(self) -> dict[str, Any] | None:
        """The next message; None at the end. Raises ``DocumentProblems`` where the file is refused."""
        message = self._next()
        if "problems" in message:
            raise received_problems(message)
        return None if "end" in message else message

    def _next(self) -> dict[str, Any]:
        message = None
        with suppress(BrokenMessage):
            message = next(self.received, None)
        failed = self.ended() if message is None else message.get("failed", "")
        if message is None or failed:
            log.warning("a file (%s) could not be read: %s", self.format_code, failed)
            raise refuse("reading_failed", line=0)
        return message


def answer_of(process: subprocess.Popen[bytes], format_code: str) -> Answer:
    def ended() -> str:
        process.kill()
        return f"the process ended with status {process.wait()}"

    return Answer(read_messages(cast("BinaryIO", process.stdout), MOST_OUTPUT), format_code, ended)


def received_problems(message: dict[str, Any]) -> DocumentProblems:
    if message["sheets"] is not None:
        return WhichSheet(message["sheets"])
    return DocumentProblems(Problem(*problem) for problem in message["problems"])


def received_content(answer: Answer) -> Document | Table:
    start = answer.next() or {}
    return received_document(start, answer) if "title" in start else received_table(start, answer)


def received_document(start: dict[str, Any], answer: Answer) -> Document:
    pages: list[list[Row]] = []
    while message := answer.next():
        for page, vendor, purpose, data, country, basis, mechanisms, line in message["rows"]:
            if page == len(pages):
                pages.append([])
            pages[page].append(Row(vendor, purpose, data, country, basis, tuple(mechanisms), line))
    dated = date.fromisoformat(start["dated"]) if start["dated"] else None
    return Document(**{**start, "dated": dated, "pages": tuple(map(tuple, pages))})


def received_table(start: dict[str, Any], answer: Answer) -> Table:
    """The faults of a row are known when the row is."""
    faults: dict[int, dict[int, Fault]] = {}
    add_faults(faults, start)

    def rows() -> Iterator[tuple[int, list[Cell]]]:
        while message := answer.next():
            add_faults(faults, message)
            yield from message["rows"]

    headings = [str(heading) for heading in start["headings"]]
    return Table(headings, rows(), faults=faults, line=start["line"], below_headings=start["below_headings"])


def add_faults(faults: dict[int, dict[int, Fault]], message: dict[str, Any]) -> None:
    for line, place, code, params in message["faults"]:
        faults.setdefault(line, {})[place] = Fault(code, params)
