"""The queries of the change log: how many rows of each model a change set has, and which of them are listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet, Value

from registry.history.logged_change_sets import LoggedChangeSet
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.tracked import Tracked

#: How many history rows an export holds at a time.
BATCH = 500


def ordered_keys(rows: QuerySet[Any], key: str, newest_first: bool) -> QuerySet[Any]:
    return rows.order_by(f"-{key}" if newest_first else key).values_list(key, flat=True)


def limited_rows(last: dict[int, dict[str, Any]], model: type[Tracked], keys: Sequence[int]) -> Q:
    """The rows of each change set up to its limit, where it has one."""
    limits = {key: last.get(key, {}).get(str(model._meta.model_name)) for key in keys}
    where = Q(change_set_id__in=[key for key, limit in limits.items() if limit is None])
    for key, limit in limits.items():
        if limit is not None:
            where |= Q(change_set_id=key, history_id__lte=limit)
    return where


Numbers = dict[int, dict[type[Tracked], int]]


def count_rows(asked_for: dict[type[Tracked], Q], keys: Sequence[int]) -> tuple[Numbers, Numbers]:
    """How many rows of each kind each change set has, and how many of these are asked for, in one query."""
    by_name = {str(model._meta.model_name): model for model in tracked_models()}
    of_all: Numbers = {key: {} for key in keys}
    asked: Numbers = {key: {} for key in keys}
    parts = [
        history_of(model)
        .objects.filter(change_set_id__in=keys)
        .order_by()
        .values("change_set_id")
        .annotate(
            kind=Value(name, models.TextField()),
            number=Count("*"),
            asked=row_count(asked_for.get(model)),
        )
        .values_list("change_set_id", "kind", "number", "asked")
        for name, model in by_name.items()
    ]
    if not keys:
        return of_all, asked
    first, *others = parts
    for key, kind, number, of_these in first.union(*others, all=True).order_by():
        of_all[key][by_name[kind]] = number
        if of_these:
            asked[key][by_name[kind]] = of_these
    return of_all, asked


def row_count(where: Q | None) -> Count | Value:
    if where is None:
        return Value(0)
    return Count("history_id", filter=where) if where else Count("*")


def in_batches(acts: Iterable[LoggedChangeSet]) -> Iterator[list[LoggedChangeSet]]:
    """Acts that are read together, because they have few entries, and those that have many each alone."""
    batch: list[LoggedChangeSet] = []
    rows = 0
    for act in acts:
        count = act.entry_count
        if batch and rows + count > BATCH:
            yield batch
            batch, rows = [], 0
        batch.append(act)
        rows += count
    if batch:
        yield batch
