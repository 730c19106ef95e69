"""Collected writes to one table, done in bulk."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from registry.core.progress import WRITING, with_progress
from registry.history.tracked import Tracked

#: Entries written between two progress reports.
BATCH = 2000


@dataclass
class Writes:
    """The entries of a model to create, change and delete."""

    new: list[Any] = field(default_factory=list)
    changed: dict[int, Any] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    gone: list[Any] = field(default_factory=list)
    #: References between new entries, as entry, field and target: set once the targets have keys.
    links: list[tuple[Any, str, Any]] = field(default_factory=list)

    def change(self, entry: Tracked, name: str) -> None:
        """Note that a field of a stored entry changes; new entries are written whole."""
        if entry.pk is not None:
            self.changed[entry.pk] = entry
            self.fields.add(name)

    def write(self, model: type[Tracked]) -> None:
        if self.gone:
            model._default_manager.filter(pk__in=[entry.pk for entry in self.gone]).delete()
        for entry, name, _target in self.links:
            setattr(entry, name, None)
        for entries in batched(with_progress(WRITING, self.new, len(self.new)), BATCH):
            model._default_manager.bulk_create(entries, batch_size=500)
        for entry, name, target in self.links:
            setattr(entry, name, target)
            self.change(entry, name)
        for entries in batched(with_progress(WRITING, self.changed.values(), len(self.changed)), BATCH):
            model._default_manager.bulk_update(entries, sorted(self.fields), batch_size=200)
