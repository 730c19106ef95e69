"""Where rows stand. Rows that keep their order keep their number; only what is new or moved gets another one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from registry.models.activities import POSITION_STEP

RowPlace = tuple[int, int]


def rising(places: Sequence[RowPlace | None]) -> set[int]:
    """The indexes of a longest strictly rising run among the places that are known."""
    tails: list[RowPlace] = []
    tail_at: list[int] = []
    before: dict[int, int | None] = {}
    for index, place in enumerate(places):
        if place is None:
            continue
        length = bisect_left(tails, place)
        before[index] = tail_at[length - 1] if length else None
        tails[length : length + 1] = [place]
        tail_at[length : length + 1] = [index]
    kept = set()
    at = tail_at[-1] if tail_at else None
    while at is not None:
        kept.add(at)
        at = before[at]
    return kept


def positions(places: Sequence[RowPlace | None]) -> list[int]:
    """A position for each row in the order wanted. A place is a row's present (position, id); None where it is new."""
    kept = rising(places)
    found: list[int] = []
    at = 0
    while at < len(places):
        place = places[at]
        if at in kept and place is not None:
            found.append(place[0])
            at += 1
            continue
        end = next((index for index in range(at, len(places)) if index in kept), len(places))
        low = found[-1] if found else 0
        following = places[end] if end < len(places) else None
        room = spread_evenly(low, following[0] if following else low + (end - at + 1) * POSITION_STEP, end - at)
        if room is None:
            return [(index + 1) * POSITION_STEP for index in range(len(places))]
        found += room
        at = end
    return found


def spread_evenly(low: int, high: int, count: int) -> list[int] | None:
    """So many numbers between two others, evenly; None where there is no room."""
    if high - low <= count:
        return None
    return [low + (high - low) * (index + 1) // (count + 1) for index in range(count)]
