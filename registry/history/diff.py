"""Which words went and which came between two texts. Pure: no Django.

Myers' algorithm over words, blanks and signs. Its work is bounded, so that long texts with little in common cost no
more than long texts that are nearly the same: beyond the bound, what differs is one whole replacement.
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
#: Steps that the comparison may take: a tenth of a second.
MOST_WORK = 250_000


def word_diff(before: str, after: str) -> list[Piece]:
    """The same text twice told: without the added pieces it is ``before``, without the removed ones ``after``."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    head = common_length(old, new)
    tail = common_length(reversed(old[head:]), reversed(new[head:]))
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    changed = shortest_edit(middle_old, middle_new)
    if changed is None:
        changed = [*pieces_of("removed", middle_old), *pieces_of("added", middle_new)]
    return merged([*pieces_of("same", old[:head]), *changed, *pieces_of("same", old[len(old) - tail :])])


def common_length(old: Iterable[str], new: Iterable[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def pieces_of(kind: PieceKind, tokens: Iterable[str]) -> Iterator[Piece]:
    return (Piece(kind, token) for token in tokens)


def shortest_edit(old: Sequence[str], new: Sequence[str]) -> list[Piece] | None:
    """The shortest way from one to the other, or None where finding it takes too long."""
    reached: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    work = 0
    for edits in count():  # ends at the latest when all of the one is gone and all of the other is there
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
    """Where a diagonal begins: one token further in the new text, or one further in the old."""
    if adds(reached, diagonal, edits):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def adds(reached: dict[int, int], diagonal: int, edits: int) -> bool:
    return diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])


def backtrack(old: Sequence[str], new: Sequence[str], trace: list[dict[int, int]]) -> list[Piece]:
    """The way back from the end, turned round."""
    x, y = len(old), len(new)
    found: list[Piece] = []
    for edits in range(len(trace) - 1, -1, -1):  # pragma: no branch - it ends inside
        diagonal = x - y
        added = adds(trace[edits], diagonal, edits)
        came_from = diagonal + 1 if added else diagonal - 1
        start_x = trace[edits][came_from]
        start_y = start_x - came_from
        while x > max(start_x, 0) and y > max(start_y, 0):
            x, y = x - 1, y - 1
            found.append(Piece("same", old[x]))
        if edits == 0:
            break
        if added:
            y -= 1
            found.append(Piece("added", new[y]))
        else:
            x -= 1
            found.append(Piece("removed", old[x]))
    return found[::-1]


def merged(tokens: Iterable[Piece]) -> list[Piece]:
    """One piece for each stretch, what went before what came; blanks between two changes belong to both."""
    told: list[Piece] = []
    removed = added = blank = ""
    for kind, text in tokens:
        if kind == "removed":
            removed, added, blank = removed + blank + text, added + blank, ""
        elif kind == "added":
            removed, added, blank = removed + blank, added + blank + text, ""
        elif (removed or added) and text.isspace() and not blank:
            blank = text
        else:
            told += replacement(removed, added)
            told = with_same(told, blank + text)
            removed = added = blank = ""
    told += replacement(removed, added)
    return with_same(told, blank)


def replacement(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)


def with_same(told: list[Piece], text: str) -> list[Piece]:
    if not text:
        return told
    if told and told[-1].kind == "same":
        return [*told[:-1], Piece("same", told[-1].text + text)]
    return [*told, Piece("same", text)]
