"""Medians and ratios: the same work done two ways, in turns, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection


def seconds(work: Callable[[], Any], times: int = 15) -> float:
    work()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def fetch(statements: list[tuple[str, Any]]) -> Callable[[], None]:
    """Runs statements bare, and reads every row."""

    def work() -> None:
        with connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(sql, params)
                cursor.fetchall()

    return work


def line(name: str, ours: float, theirs: float, target: str) -> str:
    ratio = ours / theirs
    return f"  {name:<58} {ours * 1000:9.1f} ms {theirs * 1000:9.1f} ms {ratio:7.2f}   {target}"
