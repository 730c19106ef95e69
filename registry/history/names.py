"""The names that entries had as at a change set, loaded in one query for each model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import connections, models, router

from registry.history.change_sets import name_of
from registry.history.field_changes import shown_fields
from registry.history.ownership import depth, owner_fields, tracked_models
from registry.history.recording import history_of
from registry.history.row_types import AnyHistoryRow, HistoryModel
from registry.history.tracked import Tracked

if TYPE_CHECKING:
    from registry.history.entry_changes import EntryVersion

#: The key of an entry, and the change set as at which its name is wanted.
EntryAtChangeSet = tuple[int, int]


@dataclass(frozen=True)
class EntryName:
    """The name of an entry as at a change set, and model and key of its owner then."""

    name: str
    owner: tuple[Any, int] | None = None


class EntryNames:
    """Names and owners of the entries that history rows refer to, as at the change sets of the rows."""

    def __init__(self, names: dict[tuple[type[models.Model], int], dict[int, EntryName]]) -> None:
        self._names = names

    @classmethod
    def for_versions(cls, versions: Iterable[EntryVersion]) -> EntryNames:
        """Load the names for history rows, in one query for each model, owners after those that they own."""
        wanted: dict[type[models.Model], set[EntryAtChangeSet]] = defaultdict(set)
        for version in versions:
            for model, key, at in referenced_entries(version):
                wanted[model].add((key, at))
        names: dict[tuple[type[models.Model], int], dict[int, EntryName]] = defaultdict(dict)
        all_models: list[type[models.Model]] = [*tracked_models(), get_user_model()]
        for model in sorted(all_models, key=depth, reverse=True):
            for key, at, name in _names_at(model, wanted[model]):
                names[model, key][at] = name
                if name.owner is not None:
                    owner_model, owner = name.owner
                    wanted[owner_model].add((owner, at))
        return cls(names)

    def of(self, model: type[models.Model], key: int, at: int) -> str:
        """Return the name of an entry as at a change set, else the name of its model and its key."""
        entry = self._at(model, key, at)
        return entry.name if entry else f"{model._meta.verbose_name} {key}"

    def root_of(self, model: type[Tracked], row: AnyHistoryRow) -> tuple[int, str] | None:
        """Return key and name of the root entry that the entry of a history row was or belonged to."""
        if model.history_root:
            return row.id, row.entry_name
        owner = first_owner(model, [getattr(row, field_.attname) for field_ in owner_fields(model)])
        while owner is not None:
            model, key = owner
            if model.history_root:
                return key, self.of(model, key, row.change_set_id)
            entry = self._at(model, key, row.change_set_id)
            owner = entry.owner if entry else None
        return None

    def _at(self, model: type[models.Model], key: int, at: int) -> EntryName | None:
        names = self._names.get((model, key), {})
        return names.get(at) or names.get(0)


def referenced_entries(version: EntryVersion) -> Iterator[tuple[type[models.Model], int, int]]:
    """Yield model, key and change set of the entries that a row and the one before it refer to."""
    for field_ in shown_fields(version.model):
        if (model := field_.related_model) is not None:
            for row in (version.row, version.before):
                key = getattr(row, field_.attname, None)
                if row is not None and key is not None:
                    yield from ((model, key, at) for at in {row.change_set_id, version.row.change_set_id})


def _names_at(model: type[models.Model], wanted: set[EntryAtChangeSet]) -> Iterator[tuple[int, int, EntryName]]:
    if not wanted:
        return
    if not issubclass(model, Tracked):
        for user in get_user_model()._default_manager.filter(pk__in={key for key, _at in wanted}):
            yield user.pk, 0, EntryName(name_of(user))
        return
    owners = [str(field_.column) for field_ in owner_fields(model)]
    for key, at, name, *keys in _rows_before(history_of(model), wanted, owners):
        yield key, at, EntryName(name, first_owner(model, keys))


def first_owner(model: type[Tracked], keys: Sequence[int | None]) -> tuple[Any, int] | None:
    """Return model and key of the owner of an entry, given the keys in its owner fields."""
    owners = zip(owner_fields(model), keys, strict=True)
    return next(((field_.related_model, key) for field_, key in owners if key is not None), None)


def _rows_before(
    history: HistoryModel, wanted: set[EntryAtChangeSet], owners: Sequence[str]
) -> Iterator[Sequence[Any]]:
    """Yield key, change set, name and owners of each entry as at its change set.

    The ORM cannot look up a list of pairs, so this is SQL.
    """
    connection = connections[router.db_for_read(history)]
    table = connection.ops.quote_name(history._meta.db_table)
    pairs = ", ".join(["(%s, %s)"] * len(wanted))
    newest = (
        f"FROM {table} earlier WHERE earlier.id = wanted.entry AND earlier.change_set_id <= wanted.change_set"
        " ORDER BY earlier.history_id DESC LIMIT 1"
    )
    # One subquery for each value: with a join PostgreSQL may read the whole table.
    columns = ["entry_name", *map(connection.ops.quote_name, owners)]
    values = ", ".join(f"(SELECT earlier.{column} {newest})" for column in columns)
    statement = (
        f"WITH wanted (entry, change_set) AS (VALUES {pairs})"  # noqa: S608 - names of the schema, quoted
        f" SELECT wanted.entry, wanted.change_set, {values} FROM wanted"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [number for pair in wanted for number in pair])
        yield from (row for row in cursor.fetchall() if row[2] is not None)
