"""The cell "Laglig grund": a legal basis and the transfer mechanisms behind it, joined by " + "."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from registry.core.text import clean_text, text_key
from registry.document.problems import Problem, excerpt

SEPARATOR = " + "
#: So many mechanisms may stand in a legal ground; there are some forty.
MOST_MECHANISMS = 100
#: What stands between them where people list them in their own way.
_LISTED = re.compile(r"[,;/&]|\b(?:and|och)\b")


class GroundProblem(ValueError):
    """A cell that is not a legal ground."""

    def __init__(self, code: str, params: Mapping[str, object]) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return self.on(0).message

    def on(self, line: int) -> Problem:
        return Problem(line, self.code, self.params, "legal_ground")


def legal_ground(basis: str, mechanisms: Sequence[str]) -> str:
    """The cell's text; "+ Privacy Shield" where no basis is stated."""
    return SEPARATOR.join((basis, *mechanisms)).strip()


@lru_cache(maxsize=1024)  # a register has few of them, each on many rows
def split_legal_ground(cell: str) -> tuple[str, tuple[str, ...]]:
    """Basis ("" where none is stated) and mechanisms. Raises ``GroundProblem``."""
    basis, *rest = map(clean_text, _padded(cell).split(SEPARATOR, MOST_MECHANISMS + 1))
    mechanisms = tuple(rest)
    if len(mechanisms) > MOST_MECHANISMS:
        raise GroundProblem("too_many_mechanisms", {"limit": MOST_MECHANISMS, "ground": excerpt(cell)})
    if not all(mechanisms) or any(map(label_problem, (basis, *mechanisms))):
        raise GroundProblem("empty_ground", {"ground": excerpt(cell)})
    for mechanism in repeated_labels(mechanisms):
        raise GroundProblem("repeated_mechanism", {"mechanism": excerpt(mechanism), "ground": excerpt(cell)})
    return basis, mechanisms


def repeated_labels(mechanisms: Sequence[str]) -> list[str]:
    """Return those that are there before, in whichever spelling."""
    seen: set[str] = set()
    found = []
    for mechanism in mechanisms:
        key = text_key(mechanism)
        if key in seen:
            found.append(mechanism)
        seen.add(key)
    return found


def mechanisms_in(basis: str, is_mechanism: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the mechanisms where the text of a legal basis names those and nothing else; they may stand in a list."""
    if is_mechanism(basis):
        return (basis,)
    parts = tuple(filter(None, map(clean_text, _LISTED.split(basis))))
    return parts if len(parts) > 1 and all(map(is_mechanism, parts)) else ()


def label_problem(label: str) -> str | None:
    """The code (a key of MESSAGES) of what keeps a label out of the cell, else None.

    No label holds the separator, not even together with the blanks beside it: so the joined cell holds it between
    labels only, and splitting undoes joining.
    """
    return "plus_in_label" if SEPARATOR in _padded(label) else None


def _padded(text: str) -> str:
    return f" {clean_text(text)} "
