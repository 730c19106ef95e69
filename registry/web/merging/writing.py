"""Writing a merge in the open change set, as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry.core.fields import texts_as_stored
from registry.core.text import unique_key
from registry.history.merges import record_merges
from registry.history.ownership import tracked_models
from registry.history.undo_plan import referred_first
from registry.models import Tracked, Vendor, Watch
from registry.web.merging.links import Link
from registry.web.merging.pairs import Pair
from registry.web.merging.plan import MergePlan, Moved

#: Entries written by one statement where each gets values of its own.
BATCH = 200


def write_merge(plan: MergePlan) -> None:
    """Write a plan in the open change set, in a fixed number of queries per batch. Raises ``IntegrityError``.

    What points to the entries that go is moved first, as it would be deleted with them. Their names are free for those
    that stay only once they are gone.
    """
    record_merges((pair.keep, pair.gone) for pair in plan.pairs)
    order = list(reversed(referred_first(tracked_models())))
    with texts_as_stored():
        let_go(plan)
        for link, moves in plan.moved_by_link():
            write_moves(link, moves, plan.keep)
        for model in order:
            gone = [each.gone.pk for each in plan.pairs if each.model is model]
            gone += [each.pk for each in plan.dropped if type(each) is model]
            if gone:
                model._default_manager.filter(pk__among=gone).delete()
        for model in order:
            write_values(model, [each for each in plan.pairs if each.model is model and each.values])
        for entry in plan.added:
            type(entry)._default_manager.bulk_create([entry])
    Watch.objects.bulk_create(plan.watchers)


def let_go(plan: MergePlan) -> None:
    """Have the entry that stays not point to the one that goes, which could not be deleted otherwise."""
    model: Any = type(plan.keep)
    own = [each for each in model._meta.concrete_fields if each.related_model is model]
    names = [each.name for each in own if getattr(plan.keep, each.attname) == plan.gone.pk]
    for name in names:
        setattr(plan.keep, name, plan.root.values[name])
    model._default_manager.bulk_update([plan.keep], names)


def write_moves(link: Link, moves: Sequence[Moved], keep: Tracked) -> None:
    """Point entries to the ones that stay. Those that change alike are written by one statement."""
    rows: Any = link.model._default_manager
    single = []
    alike: dict[bool, list[Moved]] = {False: [], True: []}
    for each in moves:
        if each.to is not keep or link.worded in each.values or link.model is Vendor:  # whose circles are refused
            single.append(each)
        else:
            alike[bool(each.values)].append(each)
    for group in filter(None, alike.values()):
        rows.bulk_set([each.entry for each in group], {link.field: keep, **group[0].values})
    names = {link.field}
    for each in single:
        for name, value in with_keys(link.model, {link.field: each.to, **each.values}).items():
            setattr(each.entry, name, value)
            names.add(name)
    rows.bulk_update([each.entry for each in single], names, batch_size=BATCH)


def write_values(model: type[Tracked], pairs: Sequence[Pair]) -> None:
    """Give the entries that stay their values."""
    names = set()
    for pair in pairs:
        for name, value in with_keys(model, pair.values).items():
            setattr(pair.keep, name, value)
            names.add(name)
    if names:
        entries = list({pair.keep.pk: pair.keep for pair in pairs}.values())
        model._default_manager.bulk_update(entries, names, batch_size=BATCH)


def with_keys(model: type[Tracked], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the key fields that follow from them."""
    keys = {key.name: unique_key(values[key.source]) for key in model.key_fields() if key.source in values}
    return {**values, **keys}
