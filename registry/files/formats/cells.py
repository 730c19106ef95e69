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


def column_letters(number: int) -> str:
    """Return the letters of a column by its number (1-based), as spreadsheet programs show them."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number (1-based) of a column by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
