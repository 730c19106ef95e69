"""Papers as files, written by a process of its own with limited memory and time, which runs behind all others."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from registry.core.progress import WRITING, report_progress
from registry.papers.content import Block, Paper, block_values, in_parts, paper_values, weight_of, without_gaps

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
#: Ignores Python's environment variables and the user's packages.
PROGRAM = [sys.executable, "-E", "-s", "-m", "registry.papers.writing"]
#: One thread of the typesetter: a paper takes one core at most.
ENVIRONMENT = {"RAYON_NUM_THREADS": "1"}

MEGABYTE = 1024 * 1024
MEMORY = 1536 * MEGABYTE
COMPUTING_SECONDS, SECONDS = 120, 300
#: Of a PDF: joining its parts takes memory too. Ten thousand rows of nine columns are 90,000.
MOST_CELLS_OF_PDF = 150_000
#: How many papers a server process writes at a time, and how many seconds others wait before they are refused. A long
#: paper leaves its place after each part.
AT_A_TIME, PATIENCE = 1, 60
_places = BoundedSemaphore(AT_A_TIME)


@dataclass(frozen=True)
class PaperKind:
    """A kind of file that papers are written as."""

    code: str
    title: StrOrPromise
    extension: str
    content_type: str


PAPER_FORMATS: Mapping[str, PaperKind] = {
    "pdf": PaperKind("pdf", "PDF", "pdf", "application/pdf"),
    "docx": PaperKind(
        "docx", "Word (docx)", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
}


class PaperNotWritten(Exception):
    """No file was written; the text says why, and what to do."""


def write_paper(paper: Paper, format_code: str) -> bytes:
    """Return a paper as a file of a format of ``PAPER_FORMATS``. Raises ``PaperNotWritten``."""
    report_progress(WRITING)
    if format_code == "pdf" and sum(map(weight_of, paper.blocks)) > MOST_CELLS_OF_PDF:
        words = _("A PDF holds at most %(count)s cells. Choose fewer rows or columns, or Word or Excel.")
        raise PaperNotWritten(words % {"count": MOST_CELLS_OF_PDF})
    values = paper_values(with_words(paper))
    parts = list(in_parts(paper.blocks)) if format_code == "pdf" else []
    return in_one(values, format_code) if len(parts) < 2 else joined_pdf(values, parts)


def in_one(values: Mapping[str, object], format_code: str) -> bytes:
    return answer_of_writer(request_line(format=format_code) + json.dumps(values, ensure_ascii=False).encode())


def joined_pdf(values: Mapping[str, object], parts: Sequence[Sequence[Block]]) -> bytes:
    """Return a PDF that is typeset part by part, each in a process of its own, and joined."""
    files = []
    for number, blocks in enumerate(parts, start=1):
        report_progress(WRITING, number - 1, len(parts) + 1)
        part = {**values, "part": number, "blocks": [block_values(block) for block in without_gaps(blocks)]}
        files.append(in_one(part, "pdf"))
    report_progress(WRITING, len(parts), len(parts) + 1)
    about = {name: values[name] for name in ("language", "landscape", "page_words", "day")}
    return answer_of_writer(request_line(sizes=[len(file) for file in files], paper=about) + b"".join(files))


def request_line(**request: object) -> bytes:
    return json.dumps({**request, "memory": MEMORY, "seconds": COMPUTING_SECONDS}).encode() + b"\n"


def with_words(paper: Paper) -> Paper:
    """Return a paper with the words that are the same on all papers."""
    return replace(
        paper,
        page_words=_("page {x} of {y}"),
        lacking_words=_("Characters that no font has are written by their number, such as {example}."),
    )


def answer_of_writer(request: bytes) -> bytes:
    """Return what the writing process answers. Raises ``PaperNotWritten`` where it fails or reaches a limit."""
    if not _places.acquire(timeout=PATIENCE):
        raise PaperNotWritten(_("Other papers are being written. Try again in a minute."))
    try:
        done = subprocess.run(  # noqa: S603 - this program, without a shell
            PROGRAM,
            cwd=ROOT,
            env=ENVIRONMENT,
            input=request,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("a paper could not be written: %s", type(error).__name__)
        raise not_written() from None
    finally:
        _places.release()
    if done.returncode or not done.stdout:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("a paper could not be written: status %s, %s", done.returncode, last[:200])
        raise not_written()
    return done.stdout


def not_written() -> PaperNotWritten:
    return PaperNotWritten(_("The paper could not be written. Choose fewer rows, or another format."))
