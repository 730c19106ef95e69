"""Days as lists write them: 2018-04-13, 2018.04.13, 3.2.2022, 3/2/2022, 15 June 2026. Pure: no Django."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import cache

from babel.dates import get_month_names

from registry.core.text import text_key

_YEAR_FIRST = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ]00:00(?::00)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})")
_MONTH = re.compile(r"(\d{4})[-./](\d{1,2})|(\d{1,2})[-./](\d{4})")
_DAY_WORD_YEAR = re.compile(r"(\d{1,2})\.?\s+(?:de\s+)?([^\W\d]+)\.?\s+(?:de\s+)?(\d{4})")
_WORD_DAY_YEAR = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
#: Between two days: "2019-01-01 – 2022-06-30".
_RANGE = re.compile(r"\s+[-–—]\s+|\s*[–—]\s*|\s+(?:to|till|until|bis|au|à|til|tot)\s+")
LANGUAGES = ("en", "sv", "da", "nb", "de", "fr", "nl", "fi", "es", "it", "pt", "pl")


def read_day(text: str, *, month_first: bool = False) -> date | None:
    """Return the day that a text says, None where it says none. ``month_first``: 3/2/2022 is the second of March."""
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        swapped = month_first and found[2] == "/"
        return _day(year, first, second) if swapped else _day(year, second, first)
    if found := _DAY_WORD_YEAR.fullmatch(text):
        return _day(int(found[3]), months().get(text_key(found[2]), 0), int(found[1]))
    if found := _WORD_DAY_YEAR.fullmatch(text):
        return _day(int(found[3]), months().get(text_key(found[1]), 0), int(found[2]))
    return None


def last_of_month(text: str) -> date | None:
    """Return the last day of the month that a text such as 2023-12 names."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        return None
    year, month = (int(found[1]), int(found[2])) if found[1] else (int(found[4]), int(found[3]))
    return _day(year, month, monthrange(year, month)[1]) if 1 <= month <= 12 and year > 0 else None


def period(text: str) -> tuple[str, str]:
    """Return the two sides of a period as they are written; the second is empty where there is one only."""
    start, *end = _RANGE.split(text.strip(), maxsplit=1)
    return start.strip(), end[0].strip() if end else ""


def month_is_first(texts: list[str]) -> bool | None:
    """Return whether days with slashes have the month first; None where no day tells."""
    found = [each for each in map(_YEAR_LAST.fullmatch, map(str.strip, texts)) if each and each[2] == "/"]
    if any(int(each[1]) > 12 for each in found):
        return False
    return True if any(int(each[3]) > 12 for each in found) else None if found else False


@cache
def months() -> Mapping[str, int]:
    """Return the numbers of the months by the names that languages give them."""
    named: dict[str, int] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                named.setdefault(text_key(name).rstrip("."), number)
    return named


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
