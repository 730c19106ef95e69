"""Verification of the chain from its beginning: each seal is computed again from the stored rows."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain as chained
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import DatabaseError, models
from django.db.models import Sum

from registry.history import chain, stored
from registry.history.added_reasons import noted_change_set
from registry.history.chain import Values
from registry.history.change_sets import ChangeSet
from registry.history.explanations import (
    Contents,
    explain_change,
    explain_incomplete,
    explain_unknown_form,
    model_label,
)
from registry.history.kept_files import FileRecord
from registry.history.ownership import tracked_models
from registry.history.people_record import PeopleRecord
from registry.history.recording import history_of
from registry.history.row_types import HistoryModel
from registry.history.seals import Seal, SealForm, covered_values, form_digest, history_rows_of, selected_values
from registry.history.stored import DoesNotFit, NeverWritten, StoredRow

#: The columns that a seal covers, by model.
Columns = dict[str, list[str]]
#: Takes the number of rows that are done, and of all rows.
Progress = Callable[[int, int], None]

#: How far the clocks of servers may differ; an older release may run on during an upgrade.
TOLERANCE = timedelta(minutes=5)
#: Rows between two progress reports.
EVERY = 10_000


class ProgressCounter:
    """Counts rows, and reports progress now and then."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.done = 0

    def tick(self) -> None:
        self.done += 1
        if self.progress is not None and self.done % EVERY == 0:
            self.progress(self.done, self.total)

    def each[Item](self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            self.tick()
            yield item

    @cached_property
    def total(self) -> int:
        sealed = Seal.objects.aggregate(rows=Sum("row_count"))["rows"] or 0
        return int(sealed) + sum(model._base_manager.count() for model in tracked_models())


def stream_rows(queryset: models.QuerySet[Any], *keys: str) -> Iterator[tuple[int, type[models.Model], StoredRow]]:
    """Yield the stored rows of a query with the first key and the model, in the order of keys that are unique together.

    Raises ``DoesNotFit``.
    """
    model, key = queryset.model, keys[0]
    try:
        for row in stored.stored_rows(queryset, *keys):
            if row[key] is None:
                raise DoesNotFit(f"{model_label(model)}: {key} of a row is empty, which the register never writes.")
            yield row[key], model, row
    except NeverWritten as error:
        raise DoesNotFit(f"{model_label(model)}: {error}") from None
    except (DatabaseError, TypeError, ValueError) as error:
        raise DoesNotFit(
            f"{model_label(model)}: a row cannot be read, so it was not written by the register: {error}"
        ) from None


def histories() -> list[HistoryModel]:
    """Return all history models, in the order of the chain."""
    return sorted((history_of(model) for model in tracked_models()), key=lambda model: str(model._meta.model_name))


def by_change_set() -> Iterator[tuple[int, Iterator[tuple[int, type[models.Model], StoredRow]]]]:
    """Yield the key of each change set with its seal, its row and its history rows, in the order of the chain."""
    streams = [
        stream_rows(Seal._base_manager.all(), "change_set_id"),
        stream_rows(ChangeSet._base_manager.all(), "id"),
        *(stream_rows(model._base_manager.all(), "change_set_id", "history_id") for model in histories()),
    ]
    return groupby(heapq.merge(*streams, key=itemgetter(0)), key=itemgetter(0))


class ChainWalk:
    """The state of the verification after each change set, from the beginning of the chain.

    All ``check_…`` methods raise ``DoesNotFit``.
    """

    def __init__(self, since: str | None, counter: ProgressCounter) -> None:
        self.since, self.counter = since, counter
        self.head = chain.BEGINNING
        self.forms = known_forms()
        self.change_set_id = self.seal_id = 0
        self.change_sets = self.history_rows = 0
        self.newest: dict[type[models.Model], int] = {}
        self.files: dict[int, FileRecord] = {}
        #: By change set that adds a reason, the one that it is about.
        self.added_reasons: dict[int, int] = {}
        self.people = PeopleRecord()
        self.time = datetime.min.replace(tzinfo=UTC)
        self.contained = 0 if since == chain.BEGINNING else None

    def check_change_set(self, key: int, items: Iterator[tuple[int, type[models.Model], StoredRow]]) -> None:
        """Verify the next change set."""
        seal, change_set, rows = split_items(items)
        contents = Contents(change_set)
        passing = contents.passing(rows)
        if not seal or not change_set:
            for _ in passing:
                pass
            raise DoesNotFit(explain_incomplete(key, seal, change_set, contents))
        columns = self.columns_of(key, seal)
        digest = digest_of(key, seal["previous"], change_set, self.counter.each(passing), columns)
        fits = digest == seal["digest"]
        if seal["previous"] != self.head:
            raise DoesNotFit(self.broken_link(key, seal, change_set, fits=fits))
        if not fits or contents.count != seal["row_count"]:
            raise DoesNotFit(explain_change(key, seal, contents, digest))
        self.check_order(key, seal, contents)
        self.check_time(key, change_set)
        self.advance(key, seal, contents)

    def columns_of(self, key: int, seal: StoredRow) -> Columns:
        if seal["form"] not in self.forms:
            raise DoesNotFit(explain_unknown_form(key))
        return self.forms[seal["form"]]

    def check_order(self, key: int, seal: StoredRow, contents: Contents) -> None:
        behind = [model for model, first in contents.first.items() if first <= self.newest.get(model, 0)]
        if seal["id"] <= self.seal_id or behind:
            raise DoesNotFit(
                f"change set {key}: its seal or its history rows are numbered before those of change set"
                f" {self.change_set_id}, which it follows."
            )

    def check_time(self, key: int, change_set: StoredRow) -> None:
        """Check that times increase. Before the base line of users and rights, servers' clocks were not compared."""
        if self.people.based and change_set["created_at"] < self.time - TOLERANCE:
            raise DoesNotFit(
                f"change set {key} is dated {change_set['created_at']:%Y-%m-%d %H:%M:%S} (UTC), but follows one of"
                f" {self.time:%Y-%m-%d %H:%M:%S}: it was not written by the register, or by a clock set back."
            )
        self.time = max(self.time, change_set["created_at"])

    def advance(self, key: int, seal: StoredRow, contents: Contents) -> None:
        self.head, self.change_set_id, self.seal_id = seal["digest"], key, seal["id"]
        self.change_sets += 1
        self.history_rows += contents.count
        self.newest.update(contents.last)
        if file := FileRecord.from_details(contents.change_set["details"]):
            self.files[key] = file
        if about := noted_change_set(contents.change_set["details"]):
            self.added_reasons[key] = about
        self.people.add_change_set(key, contents.change_set["details"])
        if self.head == self.since:
            self.contained = key

    def broken_link(self, key: int, seal: StoredRow, change_set: StoredRow, *, fits: bool) -> str:
        if (
            not fits
            and digest_of(key, self.head, change_set, history_rows_of(key, histories()), self.columns_of(key, seal))
            == seal["digest"]
        ):
            return f'change set {key}: its seal was changed: "digest before" is not the digest of the seal before it.'
        follows = f"change set {self.change_set_id}" if self.change_set_id else "the beginning"
        before = Seal.objects.filter(digest=seal["previous"]).values_list("change_set_id", flat=True).first()
        if before is not None or seal["previous"] == chain.BEGINNING:
            sealed_on = f"change set {before}" if before is not None else "the beginning"
            return (
                f"change set {key} was sealed after {sealed_on}, but now comes after {follows}: the order was changed."
            )
        between = range(self.change_set_id + 1, key)
        gone = f"one or more of the change sets {self.change_set_id + 1} to {key - 1}"
        if len(between) < 2:
            gone = f"change set {key - 1}" if between else f"what came between {follows} and change set {key}"
        return f"{gone} is gone: change set {key} was sealed after a change set that is no longer there."

    def check_since(self) -> None:
        if self.since is not None and self.contained is None:
            raise DoesNotFit(
                f"The history that had the head {self.since} is not contained in today's: no seal has this digest."
                " Change sets were removed from the end, or the chain was written anew."
            )


def split_items(
    items: Iterator[tuple[int, type[models.Model], StoredRow]],
) -> tuple[StoredRow, StoredRow, Iterator[Any]]:
    """Return the seal and the change set (empty where missing), and an iterator over the history rows."""
    rows: dict[type[models.Model], StoredRow] = {Seal: {}, ChangeSet: {}}
    for item in items:
        if item[1] not in rows:
            return rows[Seal], rows[ChangeSet], chained([item], items)
        rows[item[1]] = item[2]
    return rows[Seal], rows[ChangeSet], iter(())


def known_forms() -> dict[str, Columns]:
    """Return the columns of each form by its digest. Raises ``DoesNotFit`` where they do not match the digest."""
    forms = {row["digest"]: row["columns"] for row in stored.stored_rows(SealForm._base_manager.all(), "digest")}
    for digest, columns in forms.items():
        if form_digest(columns) != digest:
            raise DoesNotFit(f"The form {digest} of seals was changed: it lists other columns than its digest says.")
    return forms


def digest_of(
    key: int, previous: str, change_set: StoredRow, rows: Iterable[tuple[str, Values]], columns: Columns
) -> str:
    try:
        digest, _ = chain.digest(
            previous, selected_values(change_set, columns["changeset"]), covered_values(rows, columns)
        )
    except KeyError as error:
        raise DoesNotFit(f"change set {key}: the column {error} that its seal covers is gone from the table.") from None
    except (TypeError, ValueError) as error:
        raise DoesNotFit(f"change set {key} holds a value that the register never writes: {error}") from None
    return digest
