"""What somebody watches, by name, and what changed in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q
from django.urls import reverse

from registry.core.people import Person
from registry.history.ownership import tracked_models
from registry.history.recording import history_of, with_names
from registry.history.timeline import TimelineItem, changes_after, rows_with_owned
from registry.models import ProcessingActivity, SavedView, Tracked, User, Vendor, Watch
from registry.web.lists.definition import LISTS, ListDefinition
from registry.web.permissions import user_may_see

#: What can be watched, by the name in addresses.
MODELS: Mapping[str, type[Any]] = {"vendor": Vendor, "activity": ProcessingActivity, "view": SavedView}
#: Change sets listed at a time.
LISTED = 50


@dataclass(frozen=True)
class Watched:
    """One thing that somebody watches, as it is called today."""

    kind: str
    key: int
    name: str
    address: str
    #: Whether the entry was deleted.
    deleted: bool = False


def list_of(view: SavedView) -> ListDefinition | None:
    return LISTS.get(view.list_name)


def may_watch(user: Person, target: Model) -> bool:
    """Return whether a person may see an entry or a saved view today."""
    if not isinstance(target, SavedView):
        return user_may_see(user, type(target))
    definition = list_of(target)
    if definition is None or not (target.shared or target.owner_id == user.pk):
        return False
    return all(user_may_see(user, model) for model in definition.shows)


def watched_by(user: Person, watches: Iterable[Watch]) -> list[Watched]:
    """Return what a person watches and may see, in a fixed number of queries."""
    watches = list(watches)
    names = {
        model: names_by_key(model, [getattr(each, attname) for each in watches if getattr(each, attname) is not None])
        for model, attname in ((Vendor, "vendor_id"), (ProcessingActivity, "activity_id"))
        if user_may_see(user, model)
    }
    found = []
    for each in watches:
        if each.view is not None:
            if may_watch(user, each.view) and (definition := list_of(each.view)):
                address = f"{definition.address}?{each.view.query}"
                found.append(Watched("view", each.view.pk, each.view.name, address))
            continue
        kind, model = ("vendor", Vendor) if each.vendor_id is not None else ("activity", ProcessingActivity)
        key = each.vendor_id or each.activity_id or 0
        if model in names:
            name, exists = names[model].get(key, (str(key), False))
            page = "change" if exists else "history"
            address = reverse(f"admin:registry_{model._meta.model_name}_{page}", args=[key])
            found.append(Watched(kind, key, name, address, deleted=not exists))
    return found


def names_by_key(model: type[Tracked], keys: Collection[int]) -> dict[int, tuple[str, bool]]:
    """Return by key the name of each entry, and whether it still exists: a deleted one has its last name."""
    living: dict[int, Any] = with_names(model._default_manager.filter(pk__among=list(keys))).in_bulk()
    names = {key: (str(entry), True) for key, entry in living.items()}
    if gone := set(keys) - set(names):
        rows = history_of(model).objects.filter(id__in=gone).order_by("history_id")
        names |= {key: (name, False) for key, name in rows.values_list("id", "entry_name")}
    return names


def rows_of_entries(user: Person, keys: Mapping[type[Tracked], Collection[int]]) -> dict[type[Tracked], Q]:
    """Return by model the condition for the history rows of entries and their belongings that a person may see."""
    conditions: defaultdict[type[Tracked], list[Q]] = defaultdict(list)
    for model, of_model in keys.items():
        if of_model and user_may_see(user, model):
            for kind, condition in rows_with_owned(model, of_model).items():
                conditions[kind].append(condition)
    readable = {model for model in tracked_models() if user_may_see(user, model)}
    return {model: reduce(or_, parts) for model, parts in conditions.items() if model in readable}


def changes_in(user: User, watches: Sequence[Watch], until: int) -> tuple[list[TimelineItem], int]:
    """Return what others changed in the watched entries since the person was told, newest first, and how much more.

    Takes a fixed number of queries for all entries of which the person was told at the same time.
    """
    since: defaultdict[int, defaultdict[type[Tracked], set[int]]] = defaultdict(lambda: defaultdict(set))
    for each in watches:
        if each.vendor_id is not None:
            since[each.told_until][Vendor].add(each.vendor_id)
        elif each.activity_id is not None:
            since[each.told_until][ProcessingActivity].add(each.activity_id)
    items: dict[int, TimelineItem] = {}
    more = 0
    for after, keys in since.items():
        rows = rows_of_entries(user, keys)
        listed, further = changes_after(rows, after, until=until, not_by=user.pk, limit=LISTED)
        more += further
        for item in listed:
            merge_item(items, item)
    return sorted(items.values(), key=lambda item: -item.change_set.pk), more


def merge_item(items: dict[int, TimelineItem], item: TimelineItem) -> None:
    """Add the changes of an item to that of the same change set, each entry once."""
    known = items.setdefault(item.change_set.pk, item)
    if known is not item:
        listed = {(each.model, each.history_id) for each in known.entries}
        known.entries += [each for each in item.entries if (each.model, each.history_id) not in listed]
