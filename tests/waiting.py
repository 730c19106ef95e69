"""Waiting until something has happened, instead of for a time in which it might."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg


def until[T](ask: Callable[[], T], seconds: float = 60) -> T:
    """Return the first true answer. Raises ``TimeoutError`` where there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            raise TimeoutError(f"Not within {seconds} seconds.")
        time.sleep(0.05)
    return answer


def somebody_writes_vendors(url: str) -> bool:
    """Whether a transaction that is open on this PostgreSQL database has written vendors."""
    with psycopg.connect(url) as connection:
        return bool(
            connection.execute(
                "SELECT 1 FROM pg_locks WHERE relation = 'registry_vendor'::regclass AND mode = 'RowExclusiveLock'"
            ).fetchone()
        )
