"""Files of others, read in the process of the tests: a process for each takes 0.2 s of CPU."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from registry.exchange import tables
from registry.exchange.messages import encoded
from registry.exchange.sandboxed import answer


@contextmanager
def running_here(ask: Any, data: bytes) -> Iterator[SimpleNamespace]:
    """Stand in for ``registry.exchange.sandbox.running``: the same question, the same messages, no process."""
    most_rows = tables.MOST_ROWS
    try:
        messages = b"".join(map(encoded, answer(ask, io.BytesIO(data))))
    finally:
        tables.MOST_ROWS = most_rows
    yield SimpleNamespace(stdout=io.BytesIO(messages), kill=lambda: None, wait=lambda: 0)
