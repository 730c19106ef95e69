"""Which countries a cell names: codes, names in any language of the CLDR, towns that time zones are named for. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from rapidfuzz import fuzz, process

from registry.core.text import clean_text, text_key
from registry.files.matching.words import is_empty, is_word, meanings
from registry.law import countries

#: Languages whose names count before those of all others: a name may be that of two countries in two languages.
NEAR_LANGUAGES = (
    *("en", "sv", "da", "nb", "de", "fr", "nl", "fi", "es", "it", "pt", "pl"),
    *("cs", "sk", "hu", "ro", "bg", "el", "hr", "sl", "et", "lv", "lt", "mt", "ga", "is"),
)
#: What divides places, the surest first: a country's name may contain the later ones.
SEPARATORS = (
    re.compile(r"\s*[;\n|]\s*"),
    re.compile(r"\s+\+\s+|\s+[-–—]\s+"),
    re.compile(r"\s*,\s*(?![^()]*\))"),
    re.compile(r"\s*/\s*(?![^()]*\))"),
    re.compile(r"\s*&\s*|\s+(?:and|och|und|et|og|en|y|ja|i|e)\s+"),
)
_IN_PARENTHESES = re.compile(r"^(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*$", re.DOTALL)
#: Names that are at least as alike, of 100, are a hint.
ALIKE = 80
#: A word that says that nothing applies, and is the code of a country: Namibia.
AMBIGUOUS = frozenset({"na"})


@dataclass
class Places:
    """What a cell says about places, in its order."""

    codes: list[str] = field(default_factory=list)
    #: Parts that are no country: regions, and what is not known.
    unknown: list[str] = field(default_factory=list)
    mechanisms: list[str] = field(default_factory=list)
    #: Remarks in parentheses that say nothing about a place.
    remarks: list[str] = field(default_factory=list)

    def add(self, codes: Iterable[str]) -> None:
        self.codes += [code for code in dict.fromkeys(codes) if code not in self.codes]


def country_of(text: str) -> str:
    """Return the code of the country that a text names, empty where it names none or several may be meant."""
    key = text_key(text)
    if key in AMBIGUOUS:
        return ""
    found = countries.find(text)
    if found is not None:
        return found.code
    codes = candidates(text)
    return codes[0] if len(codes) == 1 else ""


@lru_cache(maxsize=4096)
def candidates(text: str) -> tuple[str, ...]:
    """Return the codes of the countries that a text may name, best first."""
    key = text_key(text).removeprefix("the ")
    if key in AMBIGUOUS:
        return (key.upper(),)
    shared = countries.countries_named(key)
    for names in (names_near, names_anywhere, towns):
        if shared or len(key) < 3:
            break
        shared = names().get(key, ())
    return tuple(code for code in shared if code in countries.COUNTRIES)


@cache
def names_near() -> Mapping[str, tuple[str, ...]]:
    return _names(NEAR_LANGUAGES)


@cache
def names_anywhere() -> Mapping[str, tuple[str, ...]]:
    """Return the codes of countries by their names in all languages; reading them takes some seconds, once."""
    return _names(each for each in locale_identifiers() if "_" not in each and each not in NEAR_LANGUAGES)


def _names(languages: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    named: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for language in languages:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code in countries.COUNTRIES:
                named[text_key(name)][code] = None
    return {key: tuple(codes) for key, codes in named.items()}


@cache
def towns() -> Mapping[str, tuple[str, ...]]:
    """Return the codes of countries by towns: those of words.csv, and those that time zones are named for."""
    named: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for town, code in meanings("town").items():
        named[town][code] = None
    zones: Mapping[str, str] = get_global("zone_territories")
    for zone, code in zones.items():
        named[text_key(zone.rpartition("/")[2].replace("_", " "))][code] = None
    for language in NEAR_LANGUAGES:
        for zone, names in Locale.parse(language).time_zones.items():
            if zone in zones and "city" in names:
                named[text_key(names["city"])][zones[zone]] = None
    return {key: tuple(codes) for key, codes in named.items()}


def is_place(text: str) -> bool:
    """Return whether a cell names countries or regions only."""
    places = read_places(text)
    return bool(places.codes) and not [each for each in places.unknown if not is_word("region", each)]


def read_places(text: str, is_mechanism: Callable[[str], bool] = lambda _text: False) -> Places:
    """Return what a cell says about places. ``is_mechanism`` says whether a text names a transfer mechanism."""
    places = Places()
    _read(clean_text(text), is_mechanism, places, 0)
    if places.codes:
        places.unknown = [each for each in places.unknown if not (is_word("no_place", each) or is_word("yes", each))]
    return places


def _read(text: str, is_mechanism: Callable[[str], bool], places: Places, depth: int) -> None:
    if code := country_of(text):
        places.add([code])
        return
    if is_empty(text) and text_key(text) not in AMBIGUOUS:
        return
    if is_mechanism(text):
        places.mechanisms.append(text)
        return
    if is_word("region", text):
        places.unknown.append(text)
        return
    if inside := _IN_PARENTHESES.match(text):
        _read_with_remark(inside[1], inside[2], is_mechanism, places, depth)
        return
    for number in range(depth, len(SEPARATORS)):
        parts = [part for part in SEPARATORS[number].split(text) if part]
        if len(parts) > 1:
            for part in parts:
                _read(part, is_mechanism, places, number)
            return
    if code := country_of(without_qualifier(text)):
        places.add([code])
    else:
        places.unknown.append(text)


def _read_with_remark(
    before: str, remark: str, is_mechanism: Callable[[str], bool], places: Places, depth: int
) -> None:
    """Read "Germany (EU)", "EU (Amsterdam)", "CZ (Tjeckien)", "USA (DPF)"."""
    inner = Places()
    _read(remark, is_mechanism, inner, 0)
    if inner.codes and is_word("region", before):
        places.add(inner.codes)  # the remark says more than the region before it
        return
    outer = Places()
    _read(before, is_mechanism, outer, depth)
    places.add(outer.codes)
    places.unknown += outer.unknown
    places.mechanisms += [*outer.mechanisms, *inner.mechanisms]
    if inner.codes:
        places.add(inner.codes)
    elif not inner.mechanisms and not is_word("qualifier", remark):
        places.remarks.append(remark)


def without_qualifier(text: str) -> str:
    """Return a text without a word at its end such as "third country"."""
    key = text_key(text)
    longest = max((each for each in meanings("qualifier") if key.endswith(f" {each}")), key=len, default="")
    return key.removesuffix(longest).strip() if longest else key


def suggested_codes(text: str) -> tuple[str, ...]:
    """Return codes of countries that may be meant, where anything speaks for them."""
    known = candidates(text)
    if known or is_word("region", text):
        return known
    alike = process.extract(text_key(text), names_near().keys(), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=3)
    return tuple(dict.fromkeys(code for name, _score, _key in alike for code in names_near()[name]))
