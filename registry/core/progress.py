"""Progress reports of long work, to a terminal, a page, or nobody."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

#: Takes the step, how much of it is done, and of how much; 0 where the total is not known.
ProgressListener = Callable[[str, int, int], None]

_listener: ContextVar[ProgressListener | None] = ContextVar("progress_listener", default=None)

READING, COMPARING, WRITING, SEALING = "reading", "comparing", "writing", "sealing"
#: Items between two reports.
EVERY = 500
#: Characters of the bar in a terminal.
WIDTH = 30


@contextmanager
def reporting_to(listener: ProgressListener) -> Iterator[None]:
    """Send the progress reports of the block to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report_progress(step: str, done: int = 0, total: int = 0) -> None:
    listener = _listener.get()
    if listener is not None:
        listener(step, done, total)


def with_progress[Item](step: str, items: Iterable[Item], total: int = 0) -> Iterator[Item]:
    """Yield the items, and report progress now and then."""
    for done, item in enumerate(items):
        if done % EVERY == 0:
            report_progress(step, done, total)
        yield item


@contextmanager
def progress_bar(stream: TextIO | None = None) -> Iterator[None]:
    """Draw the progress of the block as a bar on a stream (stderr by default) that is a terminal."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield
        return
    last_drawn, started = 0.0, time.monotonic()

    def draw(step: str, done: int, total: int) -> None:
        nonlocal last_drawn
        now = time.monotonic()
        if now - last_drawn < 0.1 and done:
            return
        last_drawn = now
        filled = WIDTH * done // total if total else 0
        counts = f"{done:,} of {total:,}" if total else f"{done:,}"
        blocks = "#" * filled + "-" * (WIDTH - filled) if total else " " * WIDTH
        stream.write(f"\r\x1b[K{step:<12} [{blocks}] {counts}, {now - started:.0f} s")
        stream.flush()

    try:
        with reporting_to(draw):
            yield
    finally:
        stream.write("\r\x1b[K")
        stream.flush()
