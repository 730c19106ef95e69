"""What there is to find: the entries as they are, and what they were once called.

It is read from the database once after each change of the register, and kept by each process: looking through ten
thousand entries then takes milliseconds, the same on every database, without an extension of one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import QuerySet

from registry.core import languages
from registry.history.recording import history_of
from registry.law import countries
from registry.models import (
    Agreement,
    AgreementKind,
    ChangeSet,
    LegalBasis,
    MechanismAlias,
    ProcessingActivity,
    Source,
    Tracked,
    TransferMechanism,
    Vendor,
)
from registry.search.matching import IndexEntry, fold, join_names


@dataclass(frozen=True)
class SearchedModel:
    """Entries of one model: the fields that name them, those that say more, and the one by which history knows them."""

    model: type[Tracked]
    names: Sequence[str]
    texts: Sequence[str] = ()
    former: str = ""
    #: What the name of an entry speaks of.
    named_with: Sequence[str] = ()
    #: Whose it is: the first name is said together with it too.
    of: str = ""

    @property
    def code(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def entries(self) -> QuerySet[Any]:
        found = self.model._base_manager.all()
        return found.select_related(*self.named_with) if self.named_with else found


#: In the order in which what matches equally well is listed.
SEARCHED_MODELS: Sequence[SearchedModel] = (
    SearchedModel(
        Vendor,
        names=("name", "legal_name", "registration_number"),
        texts=("country", "website", "privacy_contact", "notes"),
        former="name_key",
    ),
    SearchedModel(
        TransferMechanism,
        names=("label", "code", "name_sv", "name_en", "instrument", "celex", "article"),
        texts=("ended_by", "contested_by", "notes"),
        former="label_key",
    ),
    SearchedModel(
        ProcessingActivity,
        names=("purpose",),
        texts=("personal_data", "country", "data_subjects", "retention", "security_measures", "notes"),
        former="purpose_key",
        named_with=("vendor",),
        of="vendor__name",
    ),
    SearchedModel(LegalBasis, names=("label", "article"), texts=("notes",), former="label"),
    SearchedModel(
        Agreement,
        names=("reference",),
        texts=("kind", "notes"),
        former="reference",
        named_with=("vendor",),
        of="vendor__name",
    ),
    SearchedModel(MechanismAlias, names=("label",), former="label_key", named_with=("mechanism",)),
)
SEARCHED_BY_CODE: Mapping[str, SearchedModel] = {kind.code: kind for kind in SEARCHED_MODELS}


def index_entries() -> Sequence[IndexEntry]:
    """All there is to find now; what a person may not look at is for the caller to leave out."""
    newest = newest_change()
    if _index.of is None or _index.of != newest:
        with _index.lock:
            if _index.of is None or _index.of != newest:
                # What was read after a further change may be newer than it says, and is then read once more.
                _index.findables = tuple(found for kind in SEARCHED_MODELS for found in entries_of_model(kind))
                _index.of = newest
    return _index.findables


class SearchIndex:
    """What this process has read, and after which change of the register."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.of: tuple[Any, ...] | None = None
        self.findables: Sequence[IndexEntry] = ()


_index = SearchIndex()
#: Acts that change no entry.
WRITES_NO_ENTRY = (Source.EXPORT, Source.SIGN_IN, Source.SIGN_IN_FAILED, Source.SIGN_OUT, Source.REMINDER)


def newest_change() -> tuple[Any, ...]:
    acts = ChangeSet.objects.exclude(source__in=WRITES_NO_ENTRY).order_by("-id")
    return acts.values_list("id", "created_at").first() or ()


def entries_of_model(kind: SearchedModel) -> Iterator[IndexEntry]:
    called_now: dict[int, str] = {}
    of = (kind.of,) if kind.of else ()
    columns = [*of, *kind.names, *kind.texts]
    first_text = len(columns) - len(kind.texts)
    saying = [SPOKEN_VALUES.get(name) for name in kind.texts]
    rows = kind.model._base_manager.order_by("pk").values_list("pk", kind.former, *columns)
    for key, called, *values in rows.iterator(chunk_size=2000):
        called_now[key] = called
        names, texts = values[:first_text], values[first_text:]
        if of:
            names = [" ".join(names), *names[1:]]
        said = (say(value) if say else value for say, value in zip(saying, texts, strict=True) if value)
        yield IndexEntry(kind.code, key, join_names(names), fold(" ".join(said)))
    for key, called in names_in_history(kind):
        if called and called_now.get(key) != called:
            yield IndexEntry(kind.code, key, join_names([called]), former=called)


def names_in_history(kind: SearchedModel) -> QuerySet[Any, Any]:
    """All names of the history, each once for an entry: an index holds them."""
    history = history_of(kind.model)
    return history.objects.order_by().values_list("id", kind.former).distinct()


def country_names(code: str) -> str:
    country = countries.COUNTRIES.get(code)
    return f"{code} {' '.join(country.names.values())}" if country else code


def in_all_languages(choices: Any) -> Callable[[str], str]:
    @cache
    def words(codes: tuple[str, ...]) -> Mapping[str, str]:
        return {each.value: " ".join(languages.spellings(each.label)) for each in choices}

    def say(value: str) -> str:
        return words(languages.language_codes()).get(value, "")

    return say


#: Values that people know by another word.
SPOKEN_VALUES: Mapping[str, Callable[[str], str]] = {
    "country": country_names,
    "kind": in_all_languages(AgreementKind),
}
