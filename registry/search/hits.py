"""The hits on a page of the search, with all that the page shows about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.options import Options

from registry.core import languages
from registry.law.countries import COUNTRIES
from registry.models import Tracked
from registry.models.countries import CountryField
from registry.search.index import SEARCHED_BY_CODE, SearchedModel
from registry.search.occurrences import RELIANCES, FormerName, Use, former_names, uses
from registry.search.ranking import Match, Query, Rank, fold

#: Words shown before and after the one that was indexed.
WORDS_AROUND = 12


@dataclass(frozen=True)
class Hit:
    kind: SearchedModel
    key: int
    name: str
    rank: Rank
    #: The entry, or None if it is deleted.
    entry: Any = None
    former: FormerName | None = None
    use: Use | None = None
    #: The field that matches and its text, if the name does not match.
    where: str = ""
    says: str = ""

    @property
    def opts(self) -> Options[Tracked]:
        return self.kind.model._meta


def hits(matches: Sequence[Match], query: Query, readable: Collection[type[Tracked]]) -> list[Hit]:
    """Return the hits in the order of the matches, in a fixed number of queries for each model."""
    keys: dict[str, set[int]] = defaultdict(set)
    past: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for match in matches:
        keys[match.entry.kind].add(match.entry.key)
        if match.entry.former:
            past[match.entry.kind].append((match.entry.key, match.entry.former))
    entries = {code: SEARCHED_BY_CODE[code].entries.in_bulk(code_keys) for code, code_keys in keys.items()}
    formers = {code: former_names(SEARCHED_BY_CODE[code], names) for code, names in past.items()}
    used = {
        code: uses(kind.model, entries[code])
        for code in keys
        if (kind := SEARCHED_BY_CODE[code]).model in RELIANCES and RELIANCES[kind.model].model in readable
    }
    return [hit for match in matches if (hit := hit_of(match, query, entries, formers, used)) is not None]


def hit_of(match: Match, query: Query, entries: Any, formers: Any, used: Any) -> Hit | None:
    """Return the hit of a match; None if the entry was deleted since."""
    indexed, kind = match.entry, SEARCHED_BY_CODE[match.entry.kind]
    entry = entries[indexed.kind].get(indexed.key)
    if indexed.former:
        former = formers[indexed.kind].get((indexed.key, indexed.former))
        return Hit(kind, indexed.key, former.name, match.rank, entry, former) if former else None
    if entry is None:
        return None
    where, says = next(matching_texts(kind, entry, query), ("", "")) if match.rank is Rank.TEXT else ("", "")
    use = used.get(indexed.kind, {}).get(indexed.key)
    return Hit(kind, indexed.key, str(entry), match.rank, entry, use=use, where=where, says=says)


def matching_texts(kind: SearchedModel, entry: Tracked, query: Query) -> Iterator[tuple[str, str]]:
    """Yield label and excerpt of the fields that contain one of the words."""
    for name in kind.texts:
        field: Any = kind.model._meta.get_field(name)
        value = str(getattr(entry, name))
        shown = value
        if isinstance(field, CountryField) and value in COUNTRIES:
            country = COUNTRIES[value]
            value, shown = f"{value} {' '.join(country.names.values())}", country.name(languages.active_language())
        elif field.choices:
            value = shown = str(getattr(entry, f"get_{name}_display")())
        if any(word in fold(value) for word in query.words):
            yield str(field.verbose_name), excerpt_around(shown, query.words)


def excerpt_around(text: str, words: Collection[str]) -> str:
    tokens = text.split()
    at = next((place for place, token in enumerate(tokens) if any(word in fold(token) for word in words)), 0)
    first, last = max(at - WORDS_AROUND, 0), at + WORDS_AROUND
    before, after = ("… " if first else ""), (" …" if last < len(tokens) else "")
    return f"{before}{' '.join(tokens[first:last])}{after}"
