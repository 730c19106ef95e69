"""The countries of ISO 3166-1 (and Kosovo) from reference/countries.csv. Pure: no Django."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from registry.core.alphabet import order_of
from registry.core.text import text_key

FILE = Path(__file__).parents[1] / "reference" / "countries.csv"
#: Further names by which people write a country. One that several share is only suggested.
OTHER_NAMES = FILE.with_name("country_names.csv")

#: Prefix of the columns with names; the code of a language follows.
NAME = "name_"
#: The language of a name where the file has none in the language asked for.
FALLBACK = "en"
#: Stands for a recipient that is an international organisation: chapter V applies wherever it sits.
INTERNATIONAL_ORGANISATION = "XO"


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    #: Names by language code.
    names: Mapping[str, str]
    #: The code of three letters; empty where ISO 3166-1 has none.
    alpha_3: str = ""
    #: It is not settled whether EU law or an adequacy decision applies there.
    unclear: bool = False
    #: The first day of that; None: on all days.
    unclear_from: date | None = None
    #: The state whose adequacy decisions may apply there: unclear while one is in force, a third country else.
    unclear_while_decision_for: str = ""

    def name(self, language: str) -> str:
        """Return the name in a language such as ``sv`` or ``sv-fi``, in English where the file has no such column."""
        return self.names.get(language.partition("-")[0].lower()) or self.names[FALLBACK]

    def with_code(self, language: str) -> str:
        """Return code and name, such as "GB (United Kingdom)"."""
        return f"{self.code} ({self.name(language)})"


def read_countries(file: Path) -> Mapping[str, Country]:
    """Return the countries of a file by code. Each column ``name_…`` holds the names in one language."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["iso2"]: _country(row) for row in csv.DictReader(lines)}


def _country(row: Mapping[str, str]) -> Country:
    names = {column.removeprefix(NAME): name for column, name in row.items() if column.startswith(NAME)}
    first = row["unclear_from"]
    return Country(
        row["iso2"],
        MappingProxyType(names),
        row["iso3"],
        row["status_2026_11_24"] == "manual_review",
        date.fromisoformat(first) if first else None,
        row["unclear_while_decision_for"],
    )


COUNTRIES: Mapping[str, Country] = MappingProxyType(read_countries(FILE))


def by_name(countries: Mapping[str, Country]) -> Mapping[str, Sequence[Country]]:
    """Return the countries by the text key of each of their names: usual ones, official ones and alpha-3 codes too.

    A name that several countries share, such as Korea, has all of them.
    """
    named: defaultdict[str, dict[str, Country]] = defaultdict(dict)
    for country in countries.values():
        for name in filter(None, (*country.names.values(), country.alpha_3)):
            named[text_key(name)][country.code] = country
    with OTHER_NAMES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            named[text_key(row["name"])][row["iso2"]] = countries[row["iso2"]]
    return {key: tuple(sharing.values()) for key, sharing in named.items()}


_BY_NAME = by_name(COUNTRIES)
_CODE_AND_NAME = re.compile(r"([A-Za-z]{2})\s*\(([^()]+)\)")


def find(text: str) -> Country | None:
    """Return the country with this ISO code (two or three letters), name in any language, or both: "CZ (Czechia)".

    Case does not matter. None where there is none, and where several countries share the name.
    """
    code = text.strip()
    if both := _CODE_AND_NAME.fullmatch(code):
        country = COUNTRIES.get(both[1].upper())
        return country if country is not None and country.code in countries_named(both[2]) else None
    # "ß".upper() is "SS".
    by_code = COUNTRIES.get(code.upper()) if code.isascii() else None
    named = _BY_NAME.get(text_key(text), ())
    return by_code or (named[0] if len(named) == 1 else None)


def countries_named(text: str) -> tuple[str, ...]:
    """Return the codes of all countries that share a name; empty where the register knows no such name."""
    return tuple(country.code for country in _BY_NAME.get(text_key(text), ()))


def suggestions(text: str, language: str) -> list[str]:
    """Return at most three likely countries, best first, such as "GB (United Kingdom)"."""
    return [COUNTRIES[code].with_code(language) for code in nearest(text)]


def nearest(text: str) -> list[str]:
    """Return the codes of at most three likely countries, best first."""
    return list(_nearest(text_key(text)))


@lru_cache(maxsize=4096)
def _nearest(key: str) -> tuple[str, ...]:
    if key in _BY_NAME:
        return tuple(country.code for country in _BY_NAME[key])[:3]
    names = _names_by_initial().get(key[:1], ())
    longer = [name for name in names if len(key) > 2 and name.startswith(key)]
    alike = [name for name in names if abs(len(name) - len(key)) < 4]
    near = [*longer, *get_close_matches(key, alike, n=3)]
    return tuple(dict.fromkeys(country.code for name in near for country in _BY_NAME[name]))[:3]


@cache
def _names_by_initial() -> Mapping[str, list[str]]:
    """Return the name keys by first letter: comparing with every name takes minutes for a file of mixed-up columns."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name in _BY_NAME:
        names[name[0]].append(name)
    return names


def choices(language: str) -> list[tuple[str, str]]:
    """Return codes and names in a language, in the order of its alphabet."""
    return list(_choices(language))


@cache
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    named = [(country.code, country.name(language)) for country in COUNTRIES.values()]
    return tuple(sorted(named, key=lambda choice: order_of(choice[1], language)))
