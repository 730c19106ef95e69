"""The search index: entries and their former names.

Each process reads it again after each change of the register. Searching ten thousand entries in memory takes
milliseconds on every database, without extensions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.db.models import QuerySet, TextChoices

from registry.core import languages
from registry.history.recording import history_of
from registry.history.row_types import HistoryRows
from registry.law import countries
from registry.models import (
    Agreement,
    AgreementKind,
    ChangeSet,
    DocumentText,
    LegalBasis,
    MechanismAlias,
    ProcessingActivity,
    Source,
    Tracked,
    TransferMechanism,
    Vendor,
    VendorName,
)
from registry.search.ranking import IndexEntry, fold, join_names


@dataclass(frozen=True)
class SearchedModel:
    """A searched model: the fields with names, those with further texts, and the one with former names."""

    model: type[Tracked]
    names: Sequence[str]
    texts: Sequence[str] = ()
    former: str = ""
    #: The relations that ``str()`` of an entry needs.
    named_with: Sequence[str] = ()
    #: The lookup of its owner's name, which is put before the first name.
    of: str = ""

    @property
    def code(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def entries(self) -> QuerySet[Tracked]:
        entries: QuerySet[Tracked] = self.model._base_manager.all()
        return entries.select_related(*self.named_with) if self.named_with else entries


#: In the order in which equally good matches are listed.
SEARCHED_MODELS: Sequence[SearchedModel] = (
    SearchedModel(
        Vendor,
        names=("name", "legal_name", "registration_number"),
        texts=("country", "website", "privacy_contact", "notes"),
        former="name_key",
    ),
    SearchedModel(VendorName, names=("name",), former="name_key", named_with=("vendor",)),
    SearchedModel(
        TransferMechanism,
        names=("label", "code", "name_sv", "name_en", "instrument", "celex", "article"),
        texts=("ended_by", "contested_by", "notes"),
        former="label_key",
    ),
    SearchedModel(
        ProcessingActivity,
        names=("purpose",),
        texts=(
            "personal_data",
            "country",
            "data_subjects",
            "retention",
            "security_measures",
            "impact_assessment_reason",
            "notes",
        ),
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
    SearchedModel(DocumentText, names=("name", "title"), texts=("heading", "introduction", "closing"), former="title"),
)
SEARCHED_BY_CODE: Mapping[str, SearchedModel] = {kind.code: kind for kind in SEARCHED_MODELS}


def index_entries() -> Sequence[IndexEntry]:
    """Return the whole index; callers leave out what the user may not see."""
    newest = newest_change()
    if _index.of is None or _index.of != newest:
        with _index.lock:
            if _index.of is None or _index.of != newest:
                # Entries changed while reading may be newer than noted: the next call reads them again.
                _index.findables = tuple(entry for kind in SEARCHED_MODELS for entry in entries_of_model(kind))
                _index.of = newest
    return _index.findables


class SearchIndex:
    """What this process has read, and after which change set."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.of: tuple[object, ...] | None = None
        self.findables: Sequence[IndexEntry] = ()


_index = SearchIndex()
#: Sources of change sets that change no entry.
WRITES_NO_ENTRY = (Source.EXPORT, Source.SIGN_IN, Source.SIGN_IN_FAILED, Source.SIGN_OUT, Source.REMINDER)


def newest_change() -> tuple[object, ...]:
    change_sets = ChangeSet.objects.exclude(source__in=WRITES_NO_ENTRY).order_by("-id")
    return change_sets.values_list("id", "created_at").first() or ()


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
        spoken = (say(value) if say else value for say, value in zip(saying, texts, strict=True) if value)
        yield IndexEntry(kind.code, key, join_names(names), fold(" ".join(spoken)))
    for key, called in names_in_history(kind):
        if called and called_now.get(key) != called:
            yield IndexEntry(kind.code, key, join_names([called]), former=called)


def names_in_history(kind: SearchedModel) -> HistoryRows:
    """Return all names in the history, each once for an entry; a database index covers them."""
    history = history_of(kind.model)
    return history.objects.order_by().values_list("id", kind.former).distinct()


def country_names(code: str) -> str:
    country = countries.COUNTRIES.get(code)
    return f"{code} {' '.join(country.names.values())}" if country else code


def in_all_languages(choices: type[TextChoices]) -> Callable[[str], str]:
    @cache
    def words(codes: tuple[str, ...]) -> Mapping[str, str]:
        return {each.value: " ".join(languages.spellings(each.label)) for each in choices}

    def say(value: str) -> str:
        return words(languages.language_codes()).get(value, "")

    return say


#: Converts values into the words that people search for.
SPOKEN_VALUES: Mapping[str, Callable[[str], str]] = {
    "country": country_names,
    "kind": in_all_languages(AgreementKind),
}
