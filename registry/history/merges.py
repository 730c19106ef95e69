"""Merges of two entries into one, as the details of their change sets record them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from registry.history.change_sets import ChangeSet, Source, current
from registry.history.state_cache import cached_by_state
from registry.history.tracked import Tracked

#: The name of the detail: a list with the model, the two keys and the name of the entry that went.
MERGED = "merged"


@dataclass(frozen=True)
class Merge:
    """One entry that went into another."""

    change_set: ChangeSet
    model: type[Tracked]
    keep: int
    gone: int
    #: What the entry that went was called.
    name: str


def record_merges(pairs: Iterable[tuple[Tracked, Tracked]]) -> None:
    """Note in the open change set which entry goes into which. Call it before the first write.

    Takes pairs of the entry that stays and the one that goes.
    """
    merged: Any = [
        {"model": gone._meta.model_name, "keep": keep.pk, "gone": gone.pk, "name": str(gone)} for keep, gone in pairs
    ]
    current().describe(source=None, reason=None, **{MERGED: merged})


@cached_by_state
def all_merges() -> list[Merge]:
    """Return every merge on record, oldest first, whether it was undone or not."""
    sets = ChangeSet.objects.filter(source=Source.ADMIN, details__has_key=MERGED).order_by("pk")
    return [merge_of(change_set, detail) for change_set in sets for detail in change_set.details[MERGED]]


def merge_of(change_set: ChangeSet, detail: dict[str, Any]) -> Merge:
    model: Any = apps.get_model("registry", detail["model"])
    return Merge(change_set, model, detail["keep"], detail["gone"], detail["name"])


def merged_from(model: type[Tracked], key: int) -> list[Merge]:
    """Return the merges that an entry came out of, but for those that were undone."""
    merges = [each for each in all_merges() if each.model is model and each.keep == key]
    present = set(model._default_manager.filter(pk__in=[each.gone for each in merges]).values_list("pk", flat=True))
    return [each for each in {each.gone: each for each in merges}.values() if each.gone not in present]


def merged_into(model: type[Tracked], key: int) -> Merge | None:
    """Return the merge by which an entry that is deleted went into another, None where none did."""
    merges = [each for each in all_merges() if each.model is model and each.gone == key]
    if not merges or model._default_manager.filter(pk=key).exists():
        return None
    return merges[-1]


def successor_key(model: type[Tracked], key: int) -> int | None:
    """Return the key of the entry that a deleted one lives on in, None where there is none."""
    into = {each.gone: each.keep for each in all_merges() if each.model is model}
    seen = {key}
    while key in into and into[key] not in seen:
        key = into[key]
        seen.add(key)
        if model._default_manager.filter(pk=key).exists():
            return key
    return None
