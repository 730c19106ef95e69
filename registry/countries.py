"""The countries of ISO 3166-1 (and Kosovo) from reference/countries.csv. Pure: no Django."""

from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from registry.text import text_key

FILE = Path(__file__).parent / "reference" / "countries.csv"


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name_en: str
    name_sv: str
    #: Nobody has settled whether EU law or a decision reaches there: a person has to look.
    unclear: bool = False

    def __str__(self) -> str:
        return f"{self.code} ({self.name_sv})"

    def name(self, language: str) -> str:
        return self.name_sv if language.startswith("sv") else self.name_en


def _read() -> Mapping[str, Country]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {
            row["iso2"]: Country(
                row["iso2"], row["name_en"], row["name_sv"], row["status_2026_11_24"] == "manual_review"
            )
            for row in rows
        }


COUNTRIES: Mapping[str, Country] = MappingProxyType(_read())

#: What people write for a country though it is neither its ISO code nor its name here: hints, never accepted.
MISTAKEN: Mapping[str, str] = MappingProxyType(
    {
        "uk": "GB",
        "england": "GB",
        "great britain": "GB",
        "el": "GR",
        "eng": "GB",
        "ger": "DE",
        "holland": "NL",
        "amerika": "US",
        "u.s.": "US",
        "u.s.a.": "US",
        "united states of america": "US",
        "swe": "SE",
        "czech republic": "CZ",
        "turkey": "TR",
    }
)

_BY_NAME: Mapping[str, Country] = {
    text_key(name): country for country in COUNTRIES.values() for name in (country.name_en, country.name_sv)
}


def find(text: str) -> Country | None:
    """By ISO code in any case, or by the exact Swedish or English name in any case. Nothing is guessed."""
    code = text.strip()
    # "ß".upper() is "SS".
    by_code = COUNTRIES.get(code.upper()) if code.isascii() else None
    return by_code or _BY_NAME.get(text_key(text))


def suggestions(text: str) -> list[str]:
    """What may have been meant, best first, such as "GB (Storbritannien)"; at most three."""
    return list(_suggestions(text_key(text)))


@lru_cache(maxsize=4096)
def _suggestions(key: str) -> tuple[str, ...]:
    if key in MISTAKEN:
        return (str(COUNTRIES[MISTAKEN[key]]),)
    names = _names_by_initial().get(key[:1], ())
    longer = [name for name in names if len(key) > 2 and name.startswith(key)]
    alike = [name for name in names if abs(len(name) - len(key)) < 4]
    near = [*longer, *get_close_matches(key, alike, n=3)]
    return tuple(dict.fromkeys(str(_BY_NAME[name]) for name in near))[:3]


@cache
def _names_by_initial() -> Mapping[str, list[str]]:
    """To compare with every name would take minutes for a long file whose columns are mixed up."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name in _BY_NAME:
        names[name[0]].append(name)
    return names


def choices(language: str) -> list[tuple[str, str]]:
    """Codes and names, sorted as readers of Swedish ("sv…") or English (any other) expect."""
    return list(_choices("sv" if language.startswith("sv") else "en"))


@cache
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    named = [(country.code, country.name(language)) for country in COUNTRIES.values()]
    return tuple(sorted(named, key=lambda choice: _sort_key(choice[1], language)))


# The letters after z: the characters that follow it in ASCII.
_SWEDISH_LETTERS = str.maketrans({"å": "{", "ä": "|", "ö": "}"})


def _sort_key(name: str, language: str) -> str:
    letters = name.casefold()
    if language == "sv":
        letters = letters.translate(_SWEDISH_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c))
