"""The words that were removed and added between two texts. Pure: no Django.

Myers' algorithm over words, blanks and signs. Its work is limited, because long texts with little in common would take
very long: beyond the limit, everything between the common beginning and end counts as replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Literal, NamedTuple

PieceKind = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    kind: PieceKind
    text: str


#: A word with its combining marks and hyphens, a run of blanks, or any other sign.
TOKEN = re.compile(r"(?:\w[\u0300-\u036f]*)+(?:[-\u2010\u2011](?:\w[\u0300-\u036f]*)+)*|\s+|.", re.DOTALL)
#: Steps of the comparison, about a tenth of a second.
MOST_WORK = 250_000


def word_diff(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts: without the added ones ``before``, without the removed ones ``after``."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    head = common_length(old, new)
    tail = common_length(reversed(old[head:]), reversed(new[head:]))
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    changed = shortest_edit(middle_old, middle_new)
    if changed is None:
        changed = [*pieces_of("removed", middle_old), *pieces_of("added", middle_new)]
    return merged_pieces([*pieces_of("same", old[:head]), *changed, *pieces_of("same", old[len(old) - tail :])])


def common_length(old: Iterable[str], new: Iterable[str]) -> int:
    """Return how many tokens both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def pieces_of(kind: PieceKind, tokens: Iterable[str]) -> Iterator[Piece]:
    return (Piece(kind, token) for token in tokens)


def shortest_edit(old: Sequence[str], new: Sequence[str]) -> list[Piece] | None:
    """Return the pieces of the shortest edit, None where finding it takes more than ``MOST_WORK``."""
    reached: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    work = 0
    for edits in count():  # at most until all of the one is removed and all of the other is added
        furthest: dict[int, int] = {}
        for diagonal in range(-edits, edits + 1, 2):
            x = step(reached, diagonal, edits)
            start = x
            while x < len(old) and 0 <= x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            work += 1 + x - start
            if x >= len(old) and x - diagonal >= len(new):
                return backtrack(old, new, [*trace, reached])
        if work > MOST_WORK:
            return None
        trace.append(reached)
        reached = furthest
    raise AssertionError("unreachable")  # pragma: no cover


def step(reached: dict[int, int], diagonal: int, edits: int) -> int:
    """Return the position in the old text at which a diagonal begins."""
    if adds(reached, diagonal, edits):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def adds(reached: dict[int, int], diagonal: int, edits: int) -> bool:
    """Return whether the diagonal is reached by adding a token rather than by removing one."""
    return diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])


def backtrack(old: Sequence[str], new: Sequence[str], trace: list[dict[int, int]]) -> list[Piece]:
    """Return the pieces, found by walking the trace from its end."""
    x, y = len(old), len(new)
    backwards: list[Piece] = []
    for edits in range(len(trace) - 1, -1, -1):  # pragma: no branch - it ends inside
        diagonal = x - y
        added = adds(trace[edits], diagonal, edits)
        came_from = diagonal + 1 if added else diagonal - 1
        start_x = trace[edits][came_from]
        start_y = start_x - came_from
        while x > max(start_x, 0) and y > max(start_y, 0):
            x, y = x - 1, y - 1
            backwards.append(Piece("same", old[x]))
        if edits == 0:
            break
        if added:
            y -= 1
            backwards.append(Piece("added", new[y]))
        else:
            x -= 1
            backwards.append(Piece("removed", old[x]))
    return backwards[::-1]


def merged_pieces(tokens: Iterable[Piece]) -> list[Piece]:
    """Return one piece for each run, removed before added. A blank between two changes belongs to both."""
    runs: list[Piece] = []
    removed = added = blank = ""
    for kind, text in tokens:
        if kind == "removed":
            removed, added, blank = removed + blank + text, added + blank, ""
        elif kind == "added":
            removed, added, blank = removed + blank, added + blank + text, ""
        elif (removed or added) and text.isspace() and not blank:
            blank = text
        else:
            runs += replacement(removed, added)
            runs = with_same(runs, blank + text)
            removed = added = blank = ""
    runs += replacement(removed, added)
    return with_same(runs, blank)


def replacement(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)


def with_same(runs: list[Piece], text: str) -> list[Piece]:
    """Return the runs followed by an unchanged text, which is joined to an unchanged run before it."""
    if not text:
        return runs
    if runs and runs[-1].kind == "same":
        return [*runs[:-1], Piece("same", runs[-1].text + text)]
    return [*runs, Piece("same", text)]
