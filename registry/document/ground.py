"""The cell "Laglig grund": a legal basis and the mechanisms relied on, joined by plus signs."""

from __future__ import annotations

from collections.abc import Sequence

from registry.text import text_key

JOIN = " + "


class GroundProblem(ValueError):
    """A cell that does not say what it joins. ``args[0]`` is the code of the message."""


def legal_ground(basis: str, mechanisms: Sequence[str]) -> str:
    return JOIN.join([basis, *mechanisms]).strip()


def split_legal_ground(cell: str) -> tuple[str, tuple[str, ...]]:
    """The basis, empty where the cell begins with a plus sign, and the mechanisms."""
    basis, *mechanisms = f" {cell}".split(JOIN) if cell.startswith("+ ") else cell.split(JOIN)
    if any(label_problem(label) for label in [basis.strip(), *mechanisms]) or not all(mechanisms):
        raise GroundProblem("empty_ground")
    if len({text_key(label) for label in mechanisms}) < len(mechanisms):
        raise GroundProblem("mechanism_twice")
    return basis.strip(), tuple(mechanisms)


def label_problem(label: str) -> str | None:
    """Why a label cannot stand in the cell: it would be read as two."""
    if JOIN in label or label == "+" or label.startswith("+ ") or label.endswith(" +"):
        return "plus"
    return None
