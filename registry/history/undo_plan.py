"""The plan of an undo: its steps, what hinders it, and how it is carried out in the open change set.

Two plans with the same digest are the same, so that what was previewed is what is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _

from registry.core.fields import texts_as_stored
from registry.history import chain
from registry.history.field_changes import FieldChange
from registry.history.key_reuse import restoring_keys
from registry.history.ownership import tracked_models
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
    hindrances: list[str] = field(default_factory=list)
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
        return hashlib.sha256(chain.canonical([steps, self.hindrances])).hexdigest()

    @property
    def possible(self) -> bool:
        return bool(self.steps) and not self.hindrances

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
