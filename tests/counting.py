"""Coverage without the tests that say nothing by it: those that try what other tests have tried, in every combination.

What is counted is the same as ever; tests that are marked ``uncounted`` only have no part in reaching it, and take
half the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import coverage

#: By which coverage follows into processes that a test starts.
FOLLOWS = "COVERAGE_PROCESS_CONFIG"
_paused = False
#: Open from the first of several tests in a row that do not count, to the last: stopping and starting takes a while.
_tests_in_a_row = ExitStack()


def count_test(counts: bool) -> None:
    """Count what follows, or stop counting, where the test before had it the other way."""
    if counts:
        _tests_in_a_row.close()
    elif not _paused:
        _tests_in_a_row.enter_context(uncounted())


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
