"""The differences between two states of the register: entries added, changed, ended and deleted.

What was changed and changed back in between is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import connections, router
from django.utils.translation import gettext_lazy as _

from registry.history.entry_changes import EntryChange, EntryVersion
from registry.history.names import EntryNames
from registry.history.recording import history_of
from registry.history.row_types import AnyHistoryRow
from registry.history.time_travel import last_row
from registry.history.tracked import Tracked

WORDS = {"+": _("added"), "~": _("changed"), "-": _("deleted"), "ended": _("ended")}


@dataclass(frozen=True)
class RowPair:
    """The numbers of an entry's history rows in two states; ``before`` is None where it did not exist."""

    model: type[Tracked]
    after: int
    before: int | None


@dataclass(frozen=True)
class EntryDifference:
    """An entry that differs between two states, as shown."""

    entry: EntryChange
    ended: bool

    @property
    def what(self) -> str:
        """Return "added", "changed", "deleted" or "ended", in the language of the reader."""
        return str(WORDS["ended" if self.ended else self.entry.kind])


def changed_row_pairs(models: Sequence[type[Tracked]], first: int, second: int) -> list[RowPair]:
    """Return the entries that differ between the states after two change sets, by model and key."""
    return [pair for model in models for pair in changed_rows_of(model, first, second)]


def changed_rows_of(model: type[Tracked], first: int, second: int) -> Iterator[RowPair]:
    history = history_of(model)
    connection = connections[router.db_for_read(history)]
    quote = connection.ops.quote_name
    rows = quote(history._meta.db_table)
    columns = [quote(str(field.column)) for field in model._meta.concrete_fields if not field.primary_key]
    differs = " OR ".join(
        f"now.{name} <> old.{name} OR (now.{name} IS NULL) <> (old.{name} IS NULL)" for name in columns
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH touched AS (SELECT id, MAX(history_id) AS newest FROM {rows}"  # noqa: S608 - names of the schema
            f" WHERE history_id > %s AND history_id <= %s GROUP BY id),"
            f" paired AS (SELECT id, newest, (SELECT MAX(history_id) FROM {rows} earlier"
            f" WHERE earlier.id = touched.id AND earlier.history_id <= %s) AS previous FROM touched)"
            f" SELECT newest, old.history_id FROM paired JOIN {rows} now ON now.history_id = newest"
            f" LEFT JOIN {rows} old ON old.history_id = previous AND old.history_type <> '-'"
            f" WHERE CASE WHEN now.history_type = '-' OR old.history_id IS NULL"
            f" THEN now.history_type <> '-' OR old.history_id IS NOT NULL ELSE {differs} END ORDER BY now.id",
            [last_row(history, first), last_row(history, second), last_row(history, first)],
        )
        yield from (RowPair(model, after, before) for after, before in cursor.fetchall())


def describe(chosen: Sequence[RowPair]) -> list[EntryDifference]:
    """Return the differences with names as in the later state, in a fixed number of queries for each model."""
    rows = {model: history_rows_by_id(model, chosen) for model in {pair.model for pair in chosen}}
    versions = [entry_version(pair, rows[pair.model]) for pair in chosen]
    names = EntryNames.for_versions(versions)
    existing = {
        model: set(model._base_manager.filter(pk__in=entry_keys(versions, model)).values_list("pk", flat=True))
        for model in rows
    }
    return [
        EntryDifference(replace(each.describe(names), exists=each.row.id in existing[each.model]), marks_an_end(each))
        for each in versions
    ]


def history_rows_by_id(model: type[Tracked], chosen: Sequence[RowPair]) -> dict[int, AnyHistoryRow]:
    """Return the history rows of the pairs of one model by their numbers."""
    wanted = {key for pair in chosen if pair.model is model for key in (pair.after, pair.before) if key}
    rows: dict[int, AnyHistoryRow] = history_of(model).objects.in_bulk(wanted)
    return rows


def entry_keys(versions: Sequence[EntryVersion], model: type[Tracked]) -> list[int]:
    return [version.row.id for version in versions if version.model is model]


def entry_version(pair: RowPair, rows: dict[int, AnyHistoryRow]) -> EntryVersion:
    """Return the pair as one change from the first state to the second."""
    row, before = rows[pair.after], rows.get(pair.before or 0)
    if row.history_type == "-" and before is not None:
        row, before = before, None
        row.history_type = "-"
    else:
        row.history_type = "~" if before else "+"
    return EntryVersion(pair.model, row, before)


def marks_an_end(version: EntryVersion) -> bool:
    if version.model.history_ended is None or version.before is None:
        return False
    name, value = version.model.history_ended
    return bool(getattr(version.row, name) == value != getattr(version.before, name))
