"""Undoing a change set, and restoring one entry to an earlier state. Each is a change set of its own.

An ``UndoPlan`` lists its steps and the obstacles; ``apply()`` makes the changes in the open change set. Two plans with
the same digest are the same, so that what was previewed is what is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from registry.core import days
from registry.core.fields import texts_as_stored
from registry.history import chain
from registry.history.change_sets import ChangeSet, Source
from registry.history.entry_changes import EntryVersion, previous_version
from registry.history.field_changes import FieldChange, display_value, shown_fields
from registry.history.key_reuse import restoring_keys
from registry.history.merges import MERGED
from registry.history.names import EntryNames
from registry.history.ownership import owned_by, tracked_models
from registry.history.recording import history_of
from registry.history.row_types import AnyHistoryRow
from registry.history.tracked import Tracked

ADD, CHANGE, DELETE = "add", "change", "delete"


@dataclass(frozen=True)
class UndoStep:
    """The change of one entry: ``now`` is its newest history row, ``then`` the one whose values it gets."""

    action: str
    model: type[Tracked]
    key: int
    name: str
    now: AnyHistoryRow
    then: AnyHistoryRow
    fields: Sequence[FieldChange] = ()

    @property
    def word(self) -> str:
        return {ADD: _("restored"), CHANGE: _("changed back"), DELETE: _("deleted")}[self.action]

    @property
    def model_name(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def permission(self) -> str:
        return f"registry.{self.action}_{self.model._meta.model_name}"

    @property
    def change_permission(self) -> str:
        return f"registry.{CHANGE}_{self.model._meta.model_name}"


@dataclass
class UndoPlan:
    """The steps of an undo or a restore, and the reasons why it is not possible."""

    steps: list[UndoStep] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    #: Whether texts come back as they were stored, not in today's normal form: entries that were merged because they
    #: read the same are two again. Undoing may bring about what was undone before.
    as_stored: bool = False

    @property
    def digest(self) -> str:
        steps = [
            [
                step.action,
                str(step.model._meta.model_name),
                step.key,
                step.now.history_id,
                getattr(step.then, "history_id", 0),
            ]
            for step in self.steps
        ]
        return hashlib.sha256(chain.canonical([steps, self.obstacles])).hexdigest()

    @property
    def possible(self) -> bool:
        return bool(self.steps) and not self.obstacles

    def apply(self) -> None:
        """Write the steps. Entries are added after those that they refer to, and deleted before them."""
        with ExitStack() as stack:
            if self.as_stored:
                stack.enter_context(texts_as_stored())
            self._write()

    def _write(self) -> None:
        order = tracked_models()
        for model in order:
            self._free_values(model)
        for model in referred_first(order):
            restored = [step.then.instance for step in self.of(model, ADD)]
            with restoring_keys():
                model._default_manager.bulk_create(restored, batch_size=500)
        for model in order:
            changed = [step.then.instance for step in self.of(model, CHANGE)]
            names = [f.name for f in model._meta.concrete_fields if not f.primary_key]
            model._default_manager.bulk_update(changed, names, batch_size=100)
        for model in reversed(referred_first(order)):
            delete_in_order(model, {step.key for step in self.of(model, DELETE)})

    def _free_values(self, model: type[Tracked]) -> None:
        """Change back first what has a value of its own that an entry to be added has, but for its references."""
        added = [step.then for step in self.of(model, ADD)]
        taken = {value for row in added for value in unique_values(model, row)}
        steps = [step for step in self.of(model, CHANGE) if taken & unique_values(model, step.now)]
        names = [f.name for f in model._meta.concrete_fields if not f.primary_key and not f.is_relation]
        entries = model._default_manager.in_bulk([step.key for step in steps])
        for step in steps:
            for name in names:
                setattr(entries[step.key], name, getattr(step.then, name))
        model._default_manager.bulk_update(entries.values(), names, batch_size=100)

    def of(self, model: type[Tracked], action: str) -> list[UndoStep]:
        return [step for step in self.steps if step.model is model and step.action == action]


def unique_values(model: type[Tracked], row: AnyHistoryRow) -> set[tuple[object, ...]]:
    """Return what no two entries of a model may share of the values of a history row."""
    fields = [(f.name,) for f in model._meta.concrete_fields if f.unique and not f.primary_key]
    constraints = [each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    groups = [*fields, *(each.fields for each in constraints if each.condition is None)]
    columns = {f.name: f.attname for f in model._meta.concrete_fields}
    return {(group, *(getattr(row, columns[name]) for name in group)) for group in groups}


def delete_in_order(model: type[Tracked], keys: set[int]) -> None:
    """Delete entries of one model, each before those of the same model that it refers to."""
    own = [f.attname for f in model._meta.concrete_fields if f.related_model is model]
    while keys:
        remaining = model._default_manager.filter(pk__in=keys)
        referred = {key for attname in own for key in remaining.values_list(attname, flat=True)}
        deletable = keys - referred or keys
        remaining.filter(pk__in=deletable).delete()
        keys = keys - deletable


def referred_first(models: Iterable[type[Tracked]]) -> list[type[Tracked]]:
    """Return the models in an order in which each comes after those that it refers to."""
    ordered: list[type[Tracked]] = []

    def visit(model: type[Tracked]) -> None:
        for field_ in model._meta.concrete_fields:
            target = field_.related_model
            if isinstance(target, type) and issubclass(target, Tracked) and target is not model:
                visit(target)
        if model not in ordered:
            ordered.append(model)

    for model in models:
        visit(model)
    return ordered


def plan_undo(change_set: ChangeSet) -> UndoPlan:
    """Return the plan that restores every entry as it was before a change set.

    An entry that was changed again later is an obstacle.
    """
    plan = UndoPlan(as_stored=MERGED in change_set.details or change_set.source == Source.UNDO)
    for model in tracked_models():
        for first, last, newest, before in changed_entries(model, change_set):
            if newest.history_id != last.history_id:
                plan.obstacles.append(changed_later(model, newest))
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


def finish(plan: UndoPlan) -> None:
    """Add to each step the fields that it changes, and to the plan the obstacles."""
    plan.steps = [step for step in with_fields(plan.steps) if step.action != CHANGE or step.fields]
    plan.obstacles += missing_references(plan.steps)
    plan.obstacles += still_needed(plan.steps)


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
