"""The cell "Laglig grund": a legal basis and the transfer mechanisms behind it, joined by " + "."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from registry.document.problems import Problem, shown
from registry.text import clean_text, text_key

SEPARATOR = " + "


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
    basis, *rest = map(clean_text, _padded(cell).split(SEPARATOR))
    mechanisms = tuple(rest)
    if not all(mechanisms) or any(map(label_problem, (basis, *mechanisms))):
        raise GroundProblem("empty_ground", {"ground": shown(cell)})
    for mechanism in repeated(mechanisms):
        raise GroundProblem("repeated_mechanism", {"mechanism": shown(mechanism), "ground": shown(cell)})
    return basis, mechanisms


def repeated(mechanisms: Sequence[str]) -> list[str]:
    keys = [text_key(mechanism) for mechanism in mechanisms]
    return [mechanism for index, mechanism in enumerate(mechanisms) if keys[index] in keys[:index]]


def label_problem(label: str) -> str | None:
    """The code (a key of MESSAGES) of what keeps a label out of the cell, else None.

    No label holds the separator, not even together with the blanks beside it: so the joined cell holds it between
    labels only, and splitting undoes joining.
    """
    return "plus_in_label" if SEPARATOR in _padded(label) else None


def _padded(text: str) -> str:
    return f" {clean_text(text)} "
