"""Positions of rows. Rows that keep their order keep their position; only new and moved rows receive another one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from registry.models.activities import POSITION_STEP

#: Position and primary key.
RowPlace = tuple[int, int]


def rising(places: Sequence[RowPlace | None]) -> set[int]:
    """Return the indexes of a longest strictly increasing subsequence of the places; None marks new rows."""
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
    """Return a position for each row, given their present places in the wanted order; None for new rows."""
    kept = rising(places)
    result: list[int] = []
    at = 0
    while at < len(places):
        place = places[at]
        if at in kept and place is not None:
            result.append(place[0])
            at += 1
            continue
        end = next((index for index in range(at, len(places)) if index in kept), len(places))
        low = result[-1] if result else 0
        following = places[end] if end < len(places) else None
        room = spread_evenly(low, following[0] if following else low + (end - at + 1) * POSITION_STEP, end - at)
        if room is None:
            return [(index + 1) * POSITION_STEP for index in range(len(places))]
        result += room
        at = end
    return result


def spread_evenly(low: int, high: int, count: int) -> list[int] | None:
    """Return ``count`` integers spread evenly between two others; None if there is no room."""
    if high - low <= count:
        return None
    return [low + (high - low) * (index + 1) // (count + 1) for index in range(count)]
