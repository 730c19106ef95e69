"""Verification that the history is as it was sealed, and the register as its history says.

Every table is read once, in order, in parallel and by pages, in constant memory. docs/audit.md says what this proves
and what it cannot.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain as chained
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connections, models, router
from django.db.models import Exists, OuterRef

from registry.history import chain, tables
from registry.history.added_reasons import check_added_reasons
from registry.history.chain_walk import (
    ChainWalk,
    Progress,
    ProgressCounter,
    by_change_set,
    digest_of,
    histories,
    known_forms,
    stream_rows,
)
from registry.history.change_sets import ChangeSet
from registry.history.explanations import (
    Contents,
    explain_change,
    explain_incomplete,
    explain_unknown_form,
    model_label,
)
from registry.history.kept_files import check_files
from registry.history.named_files import check_named_files
from registry.history.ownership import tracked_models
from registry.history.people_record import PeopleRecord
from registry.history.recording import history_of
from registry.history.row_types import HistoryModel
from registry.history.seals import Seal
from registry.history.snapshots import snapshot
from registry.history.stored import DoesNotFit as DoesNotFit
from registry.history.stored import StoredRow
from registry.history.tracked import Tracked

User: Any = get_user_model()


@dataclass(frozen=True)
class Proof:
    """The result of a successful verification."""

    change_sets: int
    history_rows: int
    live_rows: int
    #: Users and groups.
    people: int
    #: Users and groups that an older release changed last, so that their state is not on record.
    left_open: list[str]
    head: str
    #: The change set whose seal has the digest ``since``: 0 for the beginning of the chain, None without ``since``.
    contained: int | None


def verify(progress: Progress | None = None, since: str | None = None) -> Proof:
    """Verify the whole history and register. Raises ``DoesNotFit`` with the first difference.

    ``since``: the head digest of an earlier day, which the present history has to contain.
    """
    using = router.db_for_read(Seal)
    with snapshot(using):
        check_tables(using)
        counter = ProgressCounter(progress)
        walk = ChainWalk(since, counter)
        try:
            for change_set_id, items in by_change_set():
                walk.check_change_set(change_set_id, items)
        except DoesNotFit as finding:
            raise with_drift(finding) from None
        walk.check_since()
        check_files(walk.files)
        check_named_files()
        check_added_reasons(walk.added_reasons)
        live_rows = check_live_rows(counter)
        people, left_open = walk.people.check_all()
        check_sequences(using, walk.people)
        return Proof(
            walk.change_sets, walk.history_rows, live_rows, people, left_open, head=walk.head, contained=walk.contained
        )


def check_tables(using: str) -> None:
    if names := tables.replaced_tables(connections[using]):
        raise DoesNotFit(
            f"{', '.join(names)}: a view, or a table with rules, policies or computed columns, is in place of the table"
            " that the register made. What it shows proves nothing."
        )


def check_sequences(using: str, people: PeopleRecord) -> None:
    recorded_keys = {User: people.highest_key("user"), Group: people.highest_key("group")}
    for table, highest in tables.sequences_behind(connections[using], recorded_keys).items():
        raise DoesNotFit(
            f"The sequence of {table} was set back: the key {highest} was given already, and a new row could get it or"
            " one before it. manage.py migrate sets it right."
        )


def prove(key: int) -> StoredRow:
    """Return the row of one change set, after verifying its seal and the links to the seals before and after.

    Raises ``DoesNotFit``.
    """
    seal, change_set = only_row(Seal, change_set=key), only_row(ChangeSet, pk=key)
    contents = Contents(change_set)
    passing = contents.passing(chained.from_iterable(of_change_set(key, model) for model in histories()))
    if not seal or not change_set:
        raise DoesNotFit(explain_incomplete(key, seal, change_set, contents))
    columns = known_forms().get(seal["form"])
    if columns is None:
        raise DoesNotFit(explain_unknown_form(key))
    digest = digest_of(key, seal["previous"], change_set, passing, columns)
    if digest != seal["digest"] or contents.count != seal["row_count"]:
        raise DoesNotFit(explain_change(key, seal, contents, digest))
    before = Seal.objects.filter(pk__lt=seal["id"]).first()
    after = Seal.objects.filter(pk__gt=seal["id"]).last()
    if seal["previous"] != (before.digest if before else chain.BEGINNING) or (after and after.previous != digest):
        raise DoesNotFit(f"change set {key}: its seal does not follow the seal before it, or the next does not follow.")
    return change_set


def only_row(model: type[models.Model], **where: object) -> StoredRow:
    """Return the only row that meets a condition, empty where there is none."""
    return next((row for _, _, row in stream_rows(model._base_manager.filter(**where), "id")), {})


def of_change_set(key: int, model: HistoryModel) -> Iterator[tuple[int, type[models.Model], StoredRow]]:
    return stream_rows(model._base_manager.filter(change_set_id=key), "change_set_id", "history_id")


def with_drift(finding: DoesNotFit) -> DoesNotFit:
    """Add the first entry that differs from its history: a digest cannot tell which of many rows was changed."""
    try:
        check_live_rows(ProgressCounter(None))
    except DoesNotFit as drift:
        return DoesNotFit(f"{finding}\nThis does not fit either: {drift}")
    return finding


def check_live_rows(counter: ProgressCounter) -> int:
    """Compare all entries with their history, and return how many there are. Raises ``DoesNotFit``."""
    before = counter.done
    for model in tracked_models():
        for key, live, newest in live_and_newest_rows(model, counter):
            problem = explain_drift(model, key, live, newest)
            if problem:
                raise DoesNotFit(problem)
    return counter.done - before


def live_and_newest_rows(
    model: type[Tracked], counter: ProgressCounter
) -> Iterator[tuple[int, StoredRow | None, StoredRow | None]]:
    """Yield for each entry that exists or ever did its key, its live row and its newest history row."""
    history = history_of(model)
    later = history._base_manager.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
    streams = (
        stream_rows(model._base_manager.all(), model._meta.pk.attname),
        stream_rows(history._base_manager.filter(~Exists(later)), "id"),
    )
    for key, items in groupby(heapq.merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        rows = {table: row for _, table, row in items}
        if model in rows:
            counter.tick()
        yield key, rows.get(model), rows.get(history)


def explain_drift(model: type[Tracked], key: int, live: StoredRow | None, newest: StoredRow | None) -> str | None:
    """Return how the live row of an entry differs from its newest history row, None where it does not."""
    if newest is None:
        return f"{model_label(model)} {key} is in the register but has no history: it was added outside the register."
    entry = f'{model_label(model)} {key} "{newest["entry_name"]}"'
    source = f"its newest history row {newest['history_id']} (change set {newest['change_set_id']})"
    if live is None:
        gone = f"{entry} is gone from the register, but {source} does not say that it was deleted."
        return None if newest["history_type"] == "-" else gone
    if newest["history_type"] == "-":
        return f"{entry} is in the register, but {source} says that it was deleted."
    differing = [name for name in live if live[name] != newest[name]]
    says = [f"{name}={live[name]!r}, {source} says {name}={newest[name]!r}" for name in differing]
    return f"{entry}: the live row says {'; '.join(says)}." if says else None
