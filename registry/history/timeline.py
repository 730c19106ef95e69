"""What happened to an entry and to all that belongs to it, act by act, field by field.

Every page costs a fixed number of queries: the acts of the page, their rows per history table, the rows before
those, and per table the names, as they read then, of what the rows refer to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import IntegerField, Q, Value

from registry.history.change_sets import ChangeSet
from registry.history.entry_changes import EntryChange, load_entry_changes
from registry.history.ownership import owned_by
from registry.history.recording import history_of
from registry.history.tracked import Tracked

PER_PAGE = 50
#: Of one act a history lists so many entries; the page of the act has them all, page by page.
LISTED = 50


@dataclass
class TimelineItem:
    change_set: ChangeSet
    entries: list[EntryChange] = field(default_factory=list)
    #: How many more entries it changed than are listed.
    more: int = 0


def rows_with_owned(model: type[Tracked], keys: Iterable[int]) -> dict[type[Tracked], Q]:
    """The history rows, per model, of the entries with these keys and of all that ever belonged to them: a query for
    each step down."""
    found: dict[type[Tracked], set[int]] = {model: set(keys)}
    step = dict(found)
    while step:
        below: dict[type[Tracked], set[int]] = {}
        for owned, key in ever_owned(step):
            if key not in found.setdefault(owned, set()):
                found[owned].add(key)
                below.setdefault(owned, set()).add(key)
        step = below
    return {tracked: Q(id__in=ids) for tracked, ids in found.items()}


def ever_owned(owners: dict[type[Tracked], set[int]]) -> Iterator[tuple[type[Tracked], int]]:
    """What belongs, or once belonged, to any of these entries."""
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
    model: type[Tracked], key: int, page_number: Any, readable: Callable[[type[Tracked]], bool]
) -> tuple[Page[Any], list[TimelineItem]]:
    rows = {kind: where for kind, where in rows_with_owned(model, [key]).items() if kind is model or readable(kind)}
    first, *others = [
        history_of(tracked).objects.filter(where).order_by().values_list("change_set_id", flat=True)
        for tracked, where in rows.items()
    ]
    ids = first.union(*others).order_by("-change_set_id") if others else first.distinct().order_by("-change_set_id")
    page = Paginator(ids, PER_PAGE).get_page(page_number)
    return page, timeline_items(list(page.object_list), rows)


def timeline_items(change_set_ids: Sequence[int], where: dict[type[Tracked], Q]) -> list[TimelineItem]:
    """The acts in the order given, each with its entries among the rows asked for."""
    sets = ChangeSet.objects.in_bulk(change_set_ids)
    found = {key: TimelineItem(sets[key]) for key in change_set_ids}
    rows = [history_of(model).objects.filter(q, change_set_id__in=change_set_ids) for model, q in where.items()]
    for change_set_id, entry in load_entry_changes(rows):
        act = found[change_set_id]
        if len(act.entries) < LISTED:
            act.entries.append(entry)
        else:
            act.more += 1
    return list(found.values())
