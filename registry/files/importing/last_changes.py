"""Who last changed the cells that an import changes, and when: for files that do not say which state they left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched, groupby, islice
from operator import itemgetter
from typing import Any

from registry.core import days
from registry.files.importing.plan import EntryPlan
from registry.history.recording import history_of
from registry.models import ProcessingActivity, Tracked, Transfer

#: The entries for which it is read.
MOST_ENTRIES = 20_000
BATCH_SIZE = 5_000
LEGAL_BASIS = "legal_basis"

#: The model, the key of the entry, and the name of the field.
FieldOfEntry = tuple[type[Tracked], int, str]


def last_changes(entries: Iterable[EntryPlan]) -> Mapping[FieldOfEntry, str]:
    """Return who last changed each field that the entries change, and when. Two queries, and one for transfers."""
    fields: dict[type[Tracked], dict[int, set[str]]] = {}
    for entry in islice(entries, MOST_ENTRIES):
        for model, key, name in entry.sources.values():
            fields.setdefault(model, {}).setdefault(key, set()).add(name)
    found: dict[FieldOfEntry, tuple[Any, str]] = {}
    for model, names_by_key in fields.items():
        for keys in batched(names_by_key, BATCH_SIZE):
            for key, name, when, who in last_writes(model, keys, names_by_key):
                found[model, key, name] = (when, who)
    grounds = [key for key, names in fields.get(ProcessingActivity, {}).items() if LEGAL_BASIS in names]
    for activity, when, who in last_transfers(grounds):
        source = (ProcessingActivity, activity, LEGAL_BASIS)
        found[source] = max(found.get(source, (when, who)), (when, who))
    return {source: f"{who or '–'}, {days.local_minute(when)}" for source, (when, who) in found.items()}


def last_writes(
    model: type[Tracked], keys: Sequence[int], names_by_key: Mapping[int, set[str]]
) -> Iterator[tuple[int, str, datetime, str]]:
    """Yield for each field of each entry the last history row in which it has another value than before."""
    names = sorted(set().union(*(names_by_key[key] for key in keys)))
    columns = [model._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]
    rows = history_of(model).objects.filter(id__among=keys).exclude(history_type="-").order_by("id", "history_id")
    for key, versions in groupby(rows.values_list("id", "history_date", "user_name", *columns), itemgetter(0)):
        last: dict[str, tuple[Any, str]] = {}
        before: Sequence[object] = [object()] * len(names)
        for _key, when, who, *values in versions:
            last |= {
                name: (when, who)
                for name, old, new in zip(names, before, values, strict=True)
                if old != new and name in names_by_key[key]
            }
            before = values
        for name, (when, who) in last.items():
            yield key, name, when, who


def last_transfers(activities: Sequence[int]) -> Iterator[tuple[int, datetime, str]]:
    """Yield when and by whom the mechanisms of each activity were written, the last time last."""
    for keys in batched(activities, BATCH_SIZE):
        rows = history_of(Transfer).objects.filter(activity_id__among=keys).order_by("history_id")
        yield from rows.values_list("activity_id", "history_date", "user_name")
