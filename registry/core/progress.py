"""How far long work is, told to whoever waits: a terminal, a page, or nobody."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

#: The step in which the work is, how much of it is done, and of how much; 0 where that is not known.
ProgressListener = Callable[[str, int, int], None]

_told: ContextVar[ProgressListener | None] = ContextVar("progress", default=None)
EVERY = 500

READING, COMPARING, WRITING, SEALING = "reading", "comparing", "writing", "sealing"


@contextmanager
def reporting_to(listener: ProgressListener) -> Iterator[None]:
    token = _told.set(listener)
    try:
        yield
    finally:
        _told.reset(token)


def report_progress(step: str, done: int = 0, total: int = 0) -> None:
    listener = _told.get()
    if listener is not None:
        listener(step, done, total)


def with_progress[Item](step: str, items: Iterable[Item], total: int = 0) -> Iterator[Item]:
    """The items as they come, told now and then."""
    for done, item in enumerate(items):
        if done % EVERY == 0:
            report_progress(step, done, total)
        yield item


WIDTH = 30


@contextmanager
def progress_bar(stream: TextIO | None = None) -> Iterator[None]:
    """A bar in the terminal; nothing where it is none."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield
        return
    shown, begun = 0.0, time.monotonic()

    def draw(step: str, done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown < 0.1 and done:
            return
        shown = now
        filled = WIDTH * done // total if total else 0
        counts = f"{done:,} of {total:,}" if total else f"{done:,}"
        drawn = "#" * filled + "-" * (WIDTH - filled) if total else " " * WIDTH
        stream.write(f"\r\x1b[K{step:<12} [{drawn}] {counts}, {now - begun:.0f} s")
        stream.flush()

    try:
        with reporting_to(draw):
            yield
    finally:
        stream.write("\r\x1b[K")
        stream.flush()
