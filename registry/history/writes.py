"""What is to be written to one table, as a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from registry.core.progress import WRITING, with_progress
from registry.history.tracked import Tracked

#: Written between two reports of progress.
TOGETHER = 2000


@dataclass
class Writes:
    """The objects to write, with the fields that change."""

    new: list[Any] = field(default_factory=list)
    changed: dict[int, Any] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    gone: list[Any] = field(default_factory=list)
    #: Of new entries what they refer to, where that is new as well: entry, field, what it refers to.
    links: list[tuple[Any, str, Any]] = field(default_factory=list)

    def change(self, entry: Any, name: str) -> None:
        if entry.pk is not None:
            self.changed[entry.pk] = entry
            self.fields.add(name)

    def write(self, model: type[Tracked]) -> None:
        if self.gone:
            model._default_manager.filter(pk__in=[entry.pk for entry in self.gone]).delete()
        for entry, name, _target in self.links:
            setattr(entry, name, None)
        for entries in batched(with_progress(WRITING, self.new, len(self.new)), TOGETHER):
            model._default_manager.bulk_create(entries, batch_size=500)
        for entry, name, target in self.links:
            setattr(entry, name, target)
            self.change(entry, name)
        for entries in batched(with_progress(WRITING, self.changed.values(), len(self.changed)), TOGETHER):
            model._default_manager.bulk_update(entries, sorted(self.fields), batch_size=200)
