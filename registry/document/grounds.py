"""The cell "Laglig grund": a legal basis and the transfer mechanisms after it, joined by " + "."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from registry.core.text import clean_text, text_key
from registry.document.problems import Problem, excerpt

SEPARATOR = " + "
#: Mechanisms of a legal ground. About forty exist.
MOST_MECHANISMS = 100
#: Separators in a list of mechanisms that does not follow the form.
_LISTED = re.compile(r"[,;/&]|\b(?:and|och)\b")


class GroundProblem(ValueError):
    """A cell that is not a legal ground, as the code and parameters of a problem."""

    def __init__(self, code: str, params: Mapping[str, object]) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return self.on(0).message

    def on(self, line: int) -> Problem:
        return Problem(line, self.code, self.params, "legal_ground")


def legal_ground(basis: str, mechanisms: Sequence[str]) -> str:
    """Return the text of the cell; "+ Privacy Shield" where no basis is stated."""
    return SEPARATOR.join((basis, *mechanisms)).strip()


@lru_cache(maxsize=1024)  # a register has few different ones, each on many rows
def split_legal_ground(cell: str) -> tuple[str, tuple[str, ...]]:
    """Return the basis ("" where none is stated) and the mechanisms of a cell. Raises ``GroundProblem``."""
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
    """Return the labels that repeat an earlier one, in any spelling."""
    seen: set[str] = set()
    repetitions = []
    for mechanism in mechanisms:
        key = text_key(mechanism)
        if key in seen:
            repetitions.append(mechanism)
        seen.add(key)
    return repetitions


def mechanisms_in(basis: str, is_mechanism: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the mechanisms that the text of a legal basis consists of, one or a list; empty where it says more."""
    if is_mechanism(basis):
        return (basis,)
    parts = tuple(filter(None, map(clean_text, _LISTED.split(basis))))
    return parts if len(parts) > 1 and all(map(is_mechanism, parts)) else ()


def label_problem(label: str) -> str | None:
    """Return the code (a key of ``MESSAGES``) of why a label cannot be in the cell, else None.

    A label must not contain the separator, nor form one together with the blanks next to it, so that splitting is the
    inverse of joining.
    """
    return "plus_in_label" if SEPARATOR in _padded(label) else None


def _padded(text: str) -> str:
    return f" {clean_text(text)} "
