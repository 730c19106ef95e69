"""Coverage without the tests that say nothing by it: those that try what other tests have tried, in every combination.

What is counted is the same as ever; tests that are marked ``uncounted`` only have no part in reaching it, and take
half the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import coverage

#: By which coverage follows into processes that a test starts.
FOLLOWS = "COVERAGE_PROCESS_CONFIG"
_paused = False


@contextmanager
def uncounted() -> Iterator[None]:
    """Stop counting for the block, in processes that it starts too."""
    global _paused  # noqa: PLW0603
    counter = coverage.Coverage.current()
    if counter is None or _paused:
        yield
        return
    _paused = True
    counter.stop()
    follows = os.environ.pop(FOLLOWS, None)
    try:
        yield
    finally:
        if follows is not None:
            os.environ[FOLLOWS] = follows
        counter.start()
        _paused = False
