"""Changes of entries: history rows, each compared with the row before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.options import Options
from django.utils.translation import gettext_lazy

from registry.history.field_changes import FieldChange, display_value, shown_fields
from registry.history.names import EntryNames
from registry.history.row_types import AnyHistoryRow, HistoryModel, HistoryRows
from registry.history.tracked import Tracked

ACTIONS = {"+": gettext_lazy("added"), "~": gettext_lazy("changed"), "-": gettext_lazy("deleted")}


@dataclass(frozen=True)
class EntryChange:
    """A history row as shown: the entry, and what changed about it."""

    model: type[Tracked]
    key: int
    history_id: int
    name: str
    kind: str
    fields: Sequence[FieldChange]
    #: Key and name at that time of the root entry that it is or belonged to: see ``registry.history.ownership``.
    root: tuple[int, str] | None = None
    #: Whether the entry still exists.
    exists: bool = False

    @property
    def action(self) -> str:
        return str(ACTIONS[self.kind])

    @property
    def word(self) -> str:
        """Return the action as the class name of the style sheet."""
        return {"+": "added", "~": "changed", "-": "deleted"}[self.kind]

    @property
    def opts(self) -> Options[Tracked]:
        return self.model._meta

    @property
    def model_name(self) -> str:
        return str(self.model._meta.verbose_name)


def load_entry_changes(rows: Iterable[HistoryRows]) -> Iterator[tuple[int, EntryChange]]:
    """Yield the key of the change set and the change of each history row; ``rows``: a queryset for each table."""
    versions = [version for queryset in rows for version in _versions(queryset)]
    names = EntryNames.for_versions(versions)
    for version in versions:
        yield version.row.change_set_id, version.describe(names)


def previous_version(outer: Callable[[str], OuterRef], history: HistoryModel) -> Subquery:
    """Return the subquery for the number of the history row before; ``outer`` refers to the row itself."""
    earlier = history.objects.filter(id=outer("id"), history_id__lt=outer("history_id"))
    return Subquery(earlier.order_by("-history_id").values("history_id")[:1])


@dataclass(frozen=True)
class EntryVersion:
    """A history row with the one before it, None where there is none."""

    model: type[Tracked]
    row: AnyHistoryRow
    before: AnyHistoryRow

    def describe(self, names: EntryNames) -> EntryChange:
        """Return the change as shown."""
        return EntryChange(
            model=self.model,
            key=self.row.id,
            history_id=self.row.history_id,
            name=self.row.entry_name,
            kind=self.row.history_type,
            fields=list(self._fields(names)),
            root=names.root_of(self.model, self.row),
            exists=getattr(self.row, "exists_now", False),
        )

    def _fields(self, names: EntryNames) -> Iterator[FieldChange]:
        """Yield the fields whose values differ, both shown with names as at the time of the change."""
        at = self.row.change_set_id
        old = self.row if self.row.history_type == "-" else self.before if self.row.history_type == "~" else None
        new = self.row if self.row.history_type != "-" else None
        for field_ in shown_fields(self.model):
            values = [getattr(row, field_.attname, None) for row in (old, new)]
            if values[0] == values[1]:
                continue
            before, after = (display_value(field_, row, names, at) if row is not None else "" for row in (old, new))
            if before or after:
                prose = isinstance(field_, models.TextField)
                yield FieldChange(str(field_.verbose_name), before, after, prose)


def _versions(rows: HistoryRows) -> Iterator[EntryVersion]:
    """Yield the rows of one history table with the rows before them, in two queries."""
    history: HistoryModel = rows.model
    model: type[Tracked] = history.instance_type
    exists_now = Exists(model._base_manager.filter(pk=OuterRef("id")))
    rows = rows.annotate(previous_id=previous_version(OuterRef, history), exists_now=exists_now)
    loaded = {row.history_id: row for row in rows.order_by("history_id")}
    previous_ids = {row.previous_id for row in loaded.values()} - {None}
    before = loaded | history.objects.in_bulk(previous_ids - set(loaded))
    for row in loaded.values():
        yield EntryVersion(model, row, before.get(row.previous_id))
