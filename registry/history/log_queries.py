"""Queries of the change log over all history tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import models
from django.db.models import Count, Q, Value

from registry.history.logged_change_sets import LoggedChangeSet
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.row_types import HistoryRows
from registry.history.tracked import Tracked

#: History rows that an export holds in memory at a time.
BATCH = 500


def ordered_keys(rows: HistoryRows, key: str, newest_first: bool) -> HistoryRows:
    return rows.order_by(f"-{key}" if newest_first else key).values_list(key, flat=True)


def limited_rows(last: dict[int, dict[str, int]], model: type[Tracked], keys: Sequence[int]) -> Q:
    """Return the condition for the rows of change sets, of each up to its last row to show, where it has one."""
    limits = {key: last.get(key, {}).get(str(model._meta.model_name)) for key in keys}
    where = Q(change_set_id__in=[key for key, limit in limits.items() if limit is None])
    for key, limit in limits.items():
        if limit is not None:
            where |= Q(change_set_id=key, history_id__lte=limit)
    return where


Numbers = dict[int, dict[type[Tracked], int]]


def count_rows(conditions: dict[type[Tracked], Q], keys: Sequence[int]) -> tuple[Numbers, Numbers]:
    """Return by change set and model how many rows there are, and how many match, in one query."""
    by_name = {str(model._meta.model_name): model for model in tracked_models()}
    totals: Numbers = {key: {} for key in keys}
    matching: Numbers = {key: {} for key in keys}
    parts = [
        history_of(model)
        .objects.filter(change_set_id__in=keys)
        .order_by()
        .values("change_set_id")
        .annotate(
            kind=Value(name, models.TextField()),
            number=Count("*"),
            matching=row_count(conditions.get(model)),
        )
        .values_list("change_set_id", "kind", "number", "matching")
        for name, model in by_name.items()
    ]
    if not keys:
        return totals, matching
    first, *others = parts
    for key, kind, number, matching_number in first.union(*others, all=True).order_by():
        totals[key][by_name[kind]] = number
        if matching_number:
            matching[key][by_name[kind]] = matching_number
    return totals, matching


def row_count(where: Q | None) -> Count | Value:
    if where is None:
        return Value(0)
    return Count("history_id", filter=where) if where else Count("*")


def loaded_together(change_sets: Iterable[LoggedChangeSet]) -> Iterator[list[LoggedChangeSet]]:
    """Yield change sets in groups that are loaded together; one with many entries is alone."""
    batch: list[LoggedChangeSet] = []
    rows = 0
    for logged in change_sets:
        count = logged.entry_count
        if batch and rows + count > BATCH:
            yield batch
            batch, rows = [], 0
        batch.append(logged)
        rows += count
    if batch:
        yield batch
