"""A cell of a table, and its text. Pure: no Django."""

from __future__ import annotations

from datetime import date, datetime

from registry.core.text import clean_text

Cell = str | int | float | bool | date | datetime | None


def as_text(cell: Cell) -> str:
    """Return the text that a person sees in the cell."""
    if isinstance(cell, str):
        return clean_text(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nej"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ")
    return clean_text(str(cell))
