"""What a bulk edit would change, entry by entry, and writing it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from django.db.models import Model, Q, UniqueConstraint
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.core import days
from registry.core.fields import AnyField
from registry.core.progress import WRITING, with_progress
from registry.history.change_sets import name_of
from registry.history.recording import history_of, with_names
from registry.models import (
    Status,
    Tracked,
    User,
)
from registry.web.vendor_ending.plan import unasked_endings

#: Entries written between two reports of progress.
BATCH = 2000
#: Entries that the preview lists; the rest are counted.
SHOWN = 500


@dataclass(frozen=True)
class PlannedChange:
    """A field of an entry that would change, as shown."""

    label: str
    before: str
    after: str


@dataclass
class BulkEntryPlan:
    entry: Tracked
    changes: list[PlannedChange]
    #: Who changed the entry since it was selected, and when; empty where nobody did.
    meanwhile: str = ""
    #: Why it cannot be changed; empty where it can.
    refused: str = ""


@dataclass
class BulkPlan:
    """What would change, entry by entry. Entries that have the values already are only counted."""

    values: dict[str, Any]
    entries: list[BulkEntryPlan] = field(default_factory=list)
    unchanged: int = 0
    gone: int = 0

    @property
    def writable(self) -> list[BulkEntryPlan]:
        return [each for each in self.entries if not each.refused]

    @property
    def refused(self) -> list[BulkEntryPlan]:
        return [each for each in self.entries if each.refused]

    @property
    def meanwhile(self) -> list[BulkEntryPlan]:
        return [each for each in self.entries if each.meanwhile]

    @property
    def shown(self) -> list[BulkEntryPlan]:
        """Return the entries to list: first those that others changed meanwhile."""
        return sorted(self.writable, key=lambda each: not each.meanwhile)[:SHOWN]

    @property
    def further(self) -> int:
        return max(0, len(self.writable) - SHOWN)

    @property
    def digest(self) -> str:
        content = [(each.entry.pk, [(c.label, c.before, c.after) for c in each.changes]) for each in self.writable]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def apply(self) -> int:
        """Write the entries that can be changed, and return their number. Raises ``IntegrityError``."""
        changed = 0
        writable = self.writable
        for batch in batched(with_progress(WRITING, writable, len(writable)), BATCH):
            entries = [each.entry for each in batch]
            changed += type(entries[0])._default_manager.bulk_set(entries, self.values)
        return changed


def plan_bulk_edit(model: type[Tracked], keys: Sequence[int], values: dict[str, object], version: int) -> BulkPlan:
    """Return what giving the values to the entries would change, in a fixed number of queries.

    ``version`` is the newest change set when the entries were selected.
    """
    entries: Any = model._default_manager.filter(pk__among=list(keys))
    related = [name for name in values if model._meta.get_field(name).is_relation]
    stored = list(with_names(entries.select_related(*related) if related else entries).order_by("pk"))
    plan = BulkPlan(values, gone=len(keys) - len(stored))
    refused = entries.constraint_violations(values) | unique_violations(model, stored, values)
    if values.get("status") == Status.ENDED:
        refused |= unasked_endings(model, [entry.pk for entry in stored if entry.status != Status.ENDED])
    meanwhile = changed_since(model, keys, version)
    fields: dict[str, AnyField] = {each.name: each for each in model._meta.concrete_fields}
    for entry in stored:
        changes = [
            PlannedChange(
                capfirst(str(fields[name].verbose_name)),
                text_of(fields[name], getattr(entry, name)),
                text_of(fields[name], value),
            )
            for name, value in values.items()
            if getattr(entry, name) != value
        ]
        if changes:
            plan.entries.append(BulkEntryPlan(entry, changes, meanwhile.get(entry.pk, ""), refused.get(entry.pk, "")))
        else:
            plan.unchanged += 1
    return plan


def text_of(model_field: AnyField, value: object) -> str:
    """Return a value as the preview shows it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if model_field.related_model is not None:
        return name_of(value) if model_field.name == "owner" and isinstance(value, User) else str(value)
    if model_field.choices and not getattr(model_field, "shown_as_stored", False):
        return str(dict(model_field.flatchoices).get(value, value))
    return str(value)


def changed_since(model: type[Tracked], keys: Sequence[int], version: int) -> dict[int, str]:
    """Return by key who changed entries after a change set, and when."""
    rows = history_of(model).objects.filter(change_set_id__gt=version).order_by("history_id")
    selected = set(keys)
    changes = rows.values_list("id", "user_name", "history_date")
    return {key: f"{who or '–'}, {days.local_minute(when)}" for key, who, when in changes if key in selected}


def unique_violations(model: type[Tracked], entries: Iterable[Tracked], values: dict[str, object]) -> dict[int, str]:
    """Return by key why entries with the values would be the same as another, in one query for each constraint."""
    entries = list(entries)
    violations: dict[int, str] = {}
    for constraint in model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint) or constraint.condition is not None:
            continue
        if not set(constraint.fields) & set(values):
            continue
        fields: list[Any] = [model._meta.get_field(name) for name in constraint.fields]
        new = {entry.pk: tuple(key_value(each, entry, values) for each in fields) for entry in entries}
        common = Q(**{name: values[name] for name in constraint.fields if name in values})
        others = model._default_manager.filter(common).exclude(pk__in=list(new)) if len(new) < 500 else None
        rows = others if others is not None else model._default_manager.filter(common)
        taken = {
            tuple(rest)
            for key, *rest in rows.order_by().values_list("pk", *(each.attname for each in fields))
            if key not in new
        }
        counts = Counter(new.values())
        for key, content in new.items():
            if content in taken or counts[content] > 1:
                violations[key] = str(constraint.get_violation_error_message())
    return violations


def key_value(model_field: AnyField, entry: Tracked, values: dict[str, object]) -> object:
    """Return the value of a field of an entry as it would be stored."""
    if model_field.name not in values:
        return getattr(entry, model_field.attname)
    value = values[model_field.name]
    return value.pk if isinstance(value, Model) else value
