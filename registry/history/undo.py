"""Going back: undo a whole act, or restore one entry as it stood. Both are worked out first, and are acts of their own.

A ``Reversal`` lists its steps and what stands in the way; ``apply()`` does them inside the change set that is open. Its
digest says whether two are the same: what was previewed is what is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from registry.core import days
from registry.history import chain
from registry.history.change_sets import ChangeSet
from registry.history.entry_changes import EntryVersion, previous_version
from registry.history.field_changes import FieldChange, display_value, shown_fields
from registry.history.keys import restoring_keys
from registry.history.names import EntryNames
from registry.history.ownership import owned_by, tracked_models
from registry.history.recording import history_of
from registry.history.tracked import Tracked

ADD, CHANGE, DELETE = "add", "change", "delete"


@dataclass(frozen=True)
class UndoStep:
    """What happens to one entry: ``now`` is its newest history row, ``then`` the one whose values it takes."""

    action: str
    model: type[Tracked]
    key: int
    name: str
    now: Any
    then: Any
    fields: Sequence[FieldChange] = ()

    @property
    def word(self) -> str:
        return {ADD: _("brought back"), CHANGE: _("set back"), DELETE: _("taken away")}[self.action]

    @property
    def model_name(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def permission(self) -> str:
        return f"registry.{self.action}_{self.model._meta.model_name}"


@dataclass
class UndoPlan:
    steps: list[UndoStep] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        said = [
            [
                step.action,
                str(step.model._meta.model_name),
                step.key,
                step.now.history_id,
                getattr(step.then, "history_id", 0),
            ]
            for step in self.steps
        ]
        return hashlib.sha256(chain.canonical([said, self.obstacles])).hexdigest()

    @property
    def possible(self) -> bool:
        return bool(self.steps) and not self.obstacles

    def apply(self) -> None:
        """References first when bringing back, last when taking away."""
        order = tracked_models()
        for model in referred_first(order):
            back = [step.then.instance for step in self.of(model, ADD)]
            with restoring_keys():
                model._default_manager.bulk_create(back, batch_size=500)
        for model in order:
            changed = [step.then.instance for step in self.of(model, CHANGE)]
            names = [f.name for f in model._meta.concrete_fields if not f.primary_key]
            model._default_manager.bulk_update(changed, names, batch_size=100)
        for model in reversed(referred_first(order)):
            delete_in_order(model, {step.key for step in self.of(model, DELETE)})

    def of(self, model: type[Tracked], action: str) -> list[UndoStep]:
        return [step for step in self.steps if step.model is model and step.action == action]


def delete_in_order(model: type[Tracked], keys: set[int]) -> None:
    """First what no other of them refers to: one that replaces another goes after it."""
    own = [f.attname for f in model._meta.concrete_fields if f.related_model is model]
    while keys:
        staying = model._default_manager.filter(pk__in=keys)
        referred = {key for attname in own for key in staying.values_list(attname, flat=True)}
        going = keys - referred or keys
        staying.filter(pk__in=going).delete()
        keys = keys - going


def referred_first(models: Iterable[type[Tracked]]) -> list[type[Tracked]]:
    """Each model behind those that it refers to."""
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
    """Every entry as it stood before the act; refused where a later act changed it again."""
    reversal = UndoPlan()
    for model in tracked_models():
        for first, last, newest, before in changed_entries(model, change_set):
            if newest.history_id != last.history_id:
                reversal.obstacles.append(changed_later(model, newest))
                continue
            add_step(reversal, model, last, first, before)
    finish(reversal)
    return reversal


def changed_entries(model: type[Tracked], change_set: ChangeSet) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Per entry of the act: its first and last row in it, its newest row, and the row before the first."""
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


def newest_rows(model: type[Tracked], keys: Iterable[int]) -> dict[int, Any]:
    history = history_of(model)
    numbers = history.objects.filter(id__in=list(keys)).order_by().values("id").annotate(n=Max("history_id"))
    return {row.id: row for row in history.objects.in_bulk([number["n"] for number in numbers]).values()}


def add_step(reversal: UndoPlan, model: type[Tracked], now: Any, first: Any, before: Any) -> None:
    lived_before = before is not None and before.history_type != "-" and first.history_type != "+"
    lives_now = now.history_type != "-"
    if lived_before and lives_now:
        action = CHANGE
    elif lived_before:
        action = ADD
    elif lives_now:
        action = DELETE
    else:
        return
    reversal.steps.append(UndoStep(action, model, now.id, now.entry_name, now, before))


def plan_restore(model: type[Tracked], row: Any) -> UndoPlan:
    """One entry as the history row has it; where it was deleted, with what was deleted along with it."""
    reversal = UndoPlan()
    now = newest_rows(model, [row.id])[row.id]
    if now.history_type != "-":
        reversal.steps.append(UndoStep(CHANGE, model, row.id, now.entry_name, now, row))
    else:
        reversal.steps.append(UndoStep(ADD, model, row.id, now.entry_name, now, row))
        reversal.steps += deleted_along(model, now)
    finish(reversal)
    return reversal


def deleted_along(model: type[Tracked], gone: Any) -> Iterator[UndoStep]:
    """What was deleted in the same act because it belonged to the entry, and has not come back since."""
    for owned, attname in owned_by(model):
        history = history_of(owned)
        rows = history.objects.filter(change_set=gone.change_set, history_type="-", **{attname: gone.id})
        newest = newest_rows(owned, [row.id for row in rows])
        for row in rows:
            if newest[row.id].history_id == row.history_id:
                yield UndoStep(ADD, owned, row.id, row.entry_name, row, row)
                yield from deleted_along(owned, row)


def finish(reversal: UndoPlan) -> None:
    """Says what each step changes, and what the register would not allow."""
    reversal.steps = [step for step in with_fields(reversal.steps) if step.action != CHANGE or step.fields]
    reversal.obstacles += missing_references(reversal.steps)
    reversal.obstacles += still_needed(reversal.steps)


def with_fields(steps: Sequence[UndoStep]) -> Iterator[UndoStep]:
    pairs = [EntryVersion(step.model, row, None) for step in steps for row in (step.now, step.then) if row]
    names = EntryNames.for_versions(pairs)
    for step in steps:
        changes = []
        for field_ in shown_fields(step.model):
            before = display_value(field_, step.now, names) if step.action != ADD else ""
            after = display_value(field_, step.then, names) if step.action != DELETE else ""
            if before != after:
                changes.append(FieldChange(str(field_.verbose_name), before, after))
        yield UndoStep(step.action, step.model, step.key, step.name, step.now, step.then, tuple(changes))


def missing_references(steps: Sequence[UndoStep]) -> Iterator[str]:
    """An entry cannot come back to something that is gone."""
    coming = {(step.model, step.key) for step in steps if step.action == ADD}
    wanted: dict[type[Any], dict[int, str]] = {}
    for step in steps:
        if step.action == DELETE:
            continue
        for field_ in step.model._meta.concrete_fields:
            key = getattr(step.then, field_.attname)
            if field_.is_relation and key is not None and (field_.related_model, key) not in coming:
                target: Any = field_.related_model
                wanted.setdefault(target, {})[key] = step.name
    for model, keys in wanted.items():
        present = set(model._default_manager.filter(pk__in=list(keys)).values_list("pk", flat=True))
        for key in sorted(set(keys) - present):
            words = {"entry": keys[key], "kind": model._meta.verbose_name, "key": key}
            yield _("%(entry)s refers to %(kind)s %(key)s, which is deleted. Restore that first.") % words


def still_needed(steps: Sequence[UndoStep]) -> Iterator[str]:
    """An entry cannot be taken away while others, which stay, refer to it."""
    going = {(step.model, step.key) for step in steps if step.action == DELETE}
    changing = {(step.model, step.key): step.then for step in steps if step.action == CHANGE}
    for model in {model for model, _key in going}:
        keys = [key for owner, key in going if owner is model]
        for relation in model._meta.related_objects:
            other: type[Any] = relation.related_model
            attname = relation.field.attname
            if not issubclass(other, Tracked):
                continue
            for entry in other._default_manager.filter(**{f"{attname}__in": keys}):
                then = changing.get((other, entry.pk))
                if (other, entry.pk) in going or (then is not None and getattr(then, attname) not in keys):
                    continue
                words = {"entry": str(entry), "kind": model._meta.verbose_name}
                yield _("%(entry)s still refers to a %(kind)s that would be taken away.") % words


def changed_later(model: type[Tracked], newest: Any) -> str:
    return _("%(kind)s “%(entry)s” was changed later, on %(when)s by %(who)s.") % {
        "kind": model._meta.verbose_name,
        "entry": newest.entry_name,
        "when": days.local_minute(newest.history_date),
        "who": newest.user_name or "–",
    }


def deleted_entries() -> list[tuple[type[Tracked], Any, Any]]:
    """Each entry that is gone, newest first: the row of its deletion, and the row before, which says how it stood."""
    gone: list[tuple[type[Tracked], Any, Any]] = []
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
        gone += [(model, row, before.get(row.previous_id)) for row in newest.values()]
    return sorted(gone, key=lambda found: (found[1].change_set_id, found[1].history_id), reverse=True)
