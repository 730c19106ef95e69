"""Undoing a change set, and restoring one entry to an earlier state. Each is a change set of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from registry.core import days
from registry.history.change_sets import ChangeSet, Source
from registry.history.entry_changes import EntryVersion, previous_version
from registry.history.field_changes import FieldChange, display_value, shown_fields
from registry.history.merges import MERGED
from registry.history.names import EntryNames
from registry.history.ownership import owned_by, tracked_models
from registry.history.recording import history_of
from registry.history.row_types import AnyHistoryRow
from registry.history.tracked import Tracked
from registry.history.undo_plan import ADD, CHANGE, DELETE, UndoPlan, UndoStep


def plan_undo(change_set: ChangeSet) -> UndoPlan:
    """Return the plan that restores every entry as it was before a change set.

    An entry that was changed again later is an obstacle.
    """
    plan = UndoPlan(as_stored=MERGED in change_set.details or change_set.source == Source.UNDO)
    for model in tracked_models():
        for first, last, newest, before in changed_entries(model, change_set):
            if newest.history_id != last.history_id:
                plan.hindrances.append(changed_later(model, newest))
                continue
            add_step(plan, model, last, first, before)
    finish(plan)
    return plan


def changed_entries(
    model: type[Tracked], change_set: ChangeSet
) -> Iterator[tuple[AnyHistoryRow, AnyHistoryRow, AnyHistoryRow, AnyHistoryRow]]:
    """Yield for each entry of a change set its first and last row in it, its newest row, and the row before it."""
    history = history_of(model)
    rows: dict[int, list[Any]] = {}
    for row in history.objects.filter(change_set=change_set).order_by("history_id"):
        rows.setdefault(row.id, []).append(row)
    newest = newest_rows(model, rows)
    earlier = history.objects.filter(id__in=rows, change_set_id__lt=change_set.pk).order_by()
    numbers = earlier.values("id").annotate(before=Max("history_id")).values_list("id", "before")
    before = dict(numbers)
    rows_before = history.objects.in_bulk(list(before.values()))
    for key, own in rows.items():
        yield own[0], own[-1], newest[key], rows_before.get(before.get(key))


def newest_rows(model: type[Tracked], keys: Iterable[int]) -> dict[int, AnyHistoryRow]:
    """Return the newest history row of each entry, by key."""
    history = history_of(model)
    numbers = history.objects.filter(id__in=list(keys)).order_by().values("id").annotate(n=Max("history_id"))
    return {row.id: row for row in history.objects.in_bulk([number["n"] for number in numbers]).values()}


def add_step(
    plan: UndoPlan, model: type[Tracked], now: AnyHistoryRow, first: AnyHistoryRow, before: AnyHistoryRow
) -> None:
    existed_before = before is not None and before.history_type != "-" and first.history_type != "+"
    exists_now = now.history_type != "-"
    if existed_before and exists_now:
        action = CHANGE
    elif existed_before:
        action = ADD
    elif exists_now:
        action = DELETE
    else:
        return
    plan.steps.append(UndoStep(action, model, now.id, now.entry_name, now, before))


def plan_restore(model: type[Tracked], row: AnyHistoryRow) -> UndoPlan:
    """Return the plan that gives an entry the values of a history row.

    A deleted entry is restored together with what was deleted along with it.
    """
    plan = UndoPlan()
    now = newest_rows(model, [row.id])[row.id]
    if now.history_type != "-":
        plan.steps.append(UndoStep(CHANGE, model, row.id, now.entry_name, now, row))
    else:
        plan.steps.append(UndoStep(ADD, model, row.id, now.entry_name, now, row))
        plan.steps += deleted_along(model, now)
    finish(plan)
    return plan


def deleted_along(model: type[Tracked], deletion: AnyHistoryRow) -> Iterator[UndoStep]:
    """Yield the steps for what was deleted along with its owner and has not been restored since."""
    for owned, attname in owned_by(model):
        history = history_of(owned)
        rows = history.objects.filter(change_set=deletion.change_set, history_type="-", **{attname: deletion.id})
        newest = newest_rows(owned, [row.id for row in rows])
        for row in rows:
            if newest[row.id].history_id == row.history_id:
                yield UndoStep(ADD, owned, row.id, row.entry_name, row, row)
                yield from deleted_along(owned, row)


def refused_by_models(steps: Iterable[UndoStep]) -> Iterator[str]:
    """Yield why models do not let steps happen, each once."""
    refusals = []
    for step in steps:
        then = None if step.action == DELETE else vars(step.then)
        refusals.append(step.model.undo_hindrance(vars(step.now), then))
    yield from dict.fromkeys(filter(None, refusals))


def finish(plan: UndoPlan) -> None:
    """Add to each step the fields that it changes, and to the plan the hindrances."""
    plan.steps = [step for step in with_fields(plan.steps) if step.action != CHANGE or step.fields]
    plan.hindrances += refused_by_models(plan.steps)
    plan.hindrances += missing_references(plan.steps)
    plan.hindrances += still_needed(plan.steps)


def with_fields(steps: Sequence[UndoStep]) -> Iterator[UndoStep]:
    pairs = [EntryVersion(step.model, row, None) for step in steps for row in (step.now, step.then) if row]
    names = EntryNames.for_versions(pairs)
    for step in steps:
        changes = []
        for field_ in shown_fields(step.model):
            before = display_value(field_, step.now, names) if step.action != ADD else ""
            after = display_value(field_, step.then, names) if step.action != DELETE else ""
            # What it refers to may have the same name as what it referred to.
            differs = step.action == CHANGE and getattr(step.now, field_.attname) != getattr(step.then, field_.attname)
            if before != after or differs:
                changes.append(FieldChange(str(field_.verbose_name), before, after))
        yield UndoStep(step.action, step.model, step.key, step.name, step.now, step.then, tuple(changes))


def missing_references(steps: Sequence[UndoStep]) -> Iterator[str]:
    """Yield an obstacle for each restored entry that refers to a deleted one."""
    added = {(step.model, step.key) for step in steps if step.action == ADD}
    wanted: dict[type[models.Model], dict[int, str]] = {}
    for step in steps:
        if step.action == DELETE:
            continue
        for field_ in step.model._meta.concrete_fields:
            key = getattr(step.then, field_.attname)
            if field_.is_relation and key is not None and (field_.related_model, key) not in added:
                target: Any = field_.related_model
                wanted.setdefault(target, {})[key] = step.name
    for model, keys in wanted.items():
        present = set(model._default_manager.filter(pk__in=list(keys)).values_list("pk", flat=True))
        for key in sorted(set(keys) - present):
            words = {"entry": keys[key], "kind": model._meta.verbose_name, "key": key}
            yield _("%(entry)s refers to %(kind)s %(key)s, which is deleted. Restore that first.") % words


def still_needed(steps: Sequence[UndoStep]) -> Iterator[str]:
    """Yield an obstacle for each entry that would still refer to a deleted one."""
    deleted = {(step.model, step.key) for step in steps if step.action == DELETE}
    changing = {(step.model, step.key): step.then for step in steps if step.action == CHANGE}
    for model in {model for model, _key in deleted}:
        keys = [key for owner, key in deleted if owner is model]
        for relation in model._meta.related_objects:
            other: type[Any] = relation.related_model
            attname = relation.field.attname
            if not issubclass(other, Tracked):
                continue
            for entry in other._default_manager.filter(**{f"{attname}__in": keys}):
                then = changing.get((other, entry.pk))
                if (other, entry.pk) in deleted or (then is not None and getattr(then, attname) not in keys):
                    continue
                words = {"entry": str(entry), "kind": model._meta.verbose_name}
                yield _("%(entry)s still refers to a %(kind)s that would be deleted.") % words


def undone_by(keys: Iterable[int]) -> dict[int, ChangeSet]:
    """Return by key of a change set the newest one that undid it."""
    keys = list(keys)
    undoing = ChangeSet.objects.filter(source=Source.UNDO, pk__gt=min(keys, default=0), details__undone__in=keys)
    return {change_set.details["undone"]: change_set for change_set in undoing.order_by("pk")}


def changed_later(model: type[Tracked], newest: AnyHistoryRow) -> str:
    return _("%(kind)s “%(entry)s” was changed later, on %(when)s by %(who)s.") % {
        "kind": model._meta.verbose_name,
        "entry": newest.entry_name,
        "when": days.local_minute(newest.history_date),
        "who": newest.user_name or "–",
    }


def deleted_entries() -> list[tuple[type[Tracked], AnyHistoryRow, AnyHistoryRow]]:
    """Return the deleted entries, newest first: model, history row of the deletion, and the row before it."""
    deleted: list[tuple[type[Tracked], AnyHistoryRow, AnyHistoryRow]] = []
    for model in tracked_models():
        history = history_of(model)
        present = model._default_manager.filter(pk=OuterRef("id"))
        rows = list(
            history.objects.filter(~Exists(present), history_type="-")
            .annotate(previous_id=previous_version(OuterRef, history))
            .select_related("change_set")
            .order_by("history_id")
        )
        newest = {row.id: row for row in rows}
        before = history.objects.in_bulk({row.previous_id for row in newest.values()} - {None})
        deleted += [(model, row, before.get(row.previous_id)) for row in newest.values()]
    return sorted(deleted, key=lambda entry: (entry[1].change_set_id, entry[1].history_id), reverse=True)
