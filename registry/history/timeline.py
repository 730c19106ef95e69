"""The history of one entry and of all that belongs to it, by change set, entry and field.

Each page takes a fixed number of queries: the change sets of the page, their rows in each history table, the rows
before those, and for each model the names at that time of what the rows refer to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.db.models import IntegerField, Q, Value

from registry.history.added_reasons import with_added_reasons
from registry.history.change_sets import ChangeSet
from registry.history.entry_changes import EntryChange, load_entry_changes
from registry.history.ownership import owned_by
from registry.history.recording import history_of
from registry.history.tracked import Tracked
from registry.history.undo import undone_by

#: Change sets of a page.
PER_PAGE = 50
#: Entries listed of one change set; its own page has all of them.
LISTED = 50


@dataclass
class TimelineItem:
    """A change set with the changes that concern an entry and its belongings."""

    change_set: ChangeSet
    entries: list[EntryChange] = field(default_factory=list)
    #: How many more entries it changed than ``entries`` lists.
    more: int = 0
    #: The change set that undid it.
    undone_by: ChangeSet | None = None

    @property
    def total(self) -> int:
        return len(self.entries) + self.more


def rows_with_owned(model: type[Tracked], keys: Iterable[int]) -> dict[type[Tracked], Q]:
    """Return by model the condition for the history rows of entries and of all that ever belonged to them.

    Takes one query for each level of ownership.
    """
    keys_by_model: dict[type[Tracked], set[int]] = {model: set(keys)}
    level = dict(keys_by_model)
    while level:
        below: dict[type[Tracked], set[int]] = {}
        for owned, key in ever_owned(level):
            if key not in keys_by_model.setdefault(owned, set()):
                keys_by_model[owned].add(key)
                below.setdefault(owned, set()).add(key)
        level = below
    return {tracked: Q(id__in=ids) for tracked, ids in keys_by_model.items()}


def ever_owned(owners: dict[type[Tracked], set[int]]) -> Iterator[tuple[type[Tracked], int]]:
    """Yield model and key of each entry that belongs, or once belonged, directly to one of these entries."""
    ways = [(owned, attname, keys) for owner, keys in owners.items() for owned, attname in owned_by(owner)]
    parts = [
        history_of(owned)
        .objects.filter(**{f"{attname}__in": keys})
        .order_by()
        .annotate(way=Value(number, IntegerField()))
        .values_list("way", "id")
        .distinct()
        for number, (owned, attname, keys) in enumerate(ways)
    ]
    if parts:
        first, *others = parts
        for number, key in first.union(*others, all=True).order_by() if others else first:
            yield ways[number][0], key


def timeline(
    model: type[Tracked], key: int, page_number: str | int | None, readable: Callable[[type[Tracked]], bool]
) -> tuple[Page[int], list[TimelineItem]]:
    """Return a page of the change sets of an entry, newest first, with their changes to models that are readable."""
    rows = {kind: where for kind, where in rows_with_owned(model, [key]).items() if kind is model or readable(kind)}
    first, *others = [
        history_of(tracked).objects.filter(where).order_by().values_list("change_set_id", flat=True)
        for tracked, where in rows.items()
    ]
    ids = first.union(*others).order_by("-change_set_id") if others else first.distinct().order_by("-change_set_id")
    page = Paginator(ids, PER_PAGE).get_page(page_number)
    return page, timeline_items(list(page.object_list), rows)


def timeline_items(change_set_ids: Sequence[int], where: dict[type[Tracked], Q]) -> list[TimelineItem]:
    """Return the change sets in the given order, each with its changes among the rows of these conditions."""
    sets = with_added_reasons(ChangeSet.objects.all()).in_bulk(change_set_ids)
    undone = undone_by(change_set_ids)
    items = {key: TimelineItem(sets[key], undone_by=undone.get(key)) for key in change_set_ids}
    rows = [history_of(model).objects.filter(q, change_set_id__in=change_set_ids) for model, q in where.items()]
    for change_set_id, entry in load_entry_changes(rows):
        item = items[change_set_id]
        if len(item.entries) < LISTED:
            item.entries.append(entry)
        else:
            item.more += 1
    return list(items.values())


def changes_after(
    where: dict[type[Tracked], Q], after: int, *, until: int | None = None, not_by: int | None = None, limit: int
) -> tuple[list[TimelineItem], int]:
    """Return the newest change sets after one with their changes among these rows, and how many more there are.

    ``not_by`` is the key of a person whose own change sets are left out; ``until`` the last change set that counts.
    """
    between = Q(change_set_id__gt=after)
    if until is not None:
        between &= Q(change_set_id__lte=until)
    if not_by is not None:
        between &= Q(history_user_id=None) | ~Q(history_user_id=not_by)
    parts = [
        history_of(model).objects.filter(rows & between).order_by().values_list("change_set_id", flat=True)
        for model, rows in where.items()
    ]
    if not parts:
        return [], 0
    first, *others = parts
    ids = list((first.union(*others) if others else first.distinct()).order_by("-change_set_id"))
    return timeline_items(ids[:limit], where), max(0, len(ids) - limit)
