"""Until when an entry had a former name, and until when activities relied on a mechanism or a legal basis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, When

from registry.history.recording import history_of
from registry.history.row_types import AnyHistoryRow, HistoryModel
from registry.models import LegalBasis, ProcessingActivity, Tracked, Transfer, TransferMechanism
from registry.search.index import SearchedModel


@dataclass(frozen=True)
class LastChange:
    """The change set that ended it."""

    change_set: int
    when: datetime
    who: str


@dataclass(frozen=True)
class FormerName:
    name: str
    deleted: bool
    end: LastChange | None


@dataclass(frozen=True)
class Use:
    """How many activities rely on an entry; if none does, when the last one ended."""

    now: int = 0
    end: LastChange | None = None


@dataclass(frozen=True)
class Reliance:
    model: type[Tracked]
    field: str
    activity: str


#: The fields by which activities rely on entries.
RELIANCES: Mapping[type[Tracked], Reliance] = {
    TransferMechanism: Reliance(Transfer, "mechanism", "activity"),
    LegalBasis: Reliance(ProcessingActivity, "legal_basis", "pk"),
}


def former_names(kind: SearchedModel, names: Sequence[tuple[int, str]]) -> dict[tuple[int, str], FormerName]:
    """Return former names by key and name, in three queries."""
    if not names:
        return {}
    history = history_of(kind.model)
    named = Q()
    for key, name in names:
        named |= Q(id=key, **{kind.former: name})
    last = history.objects.filter(named).order_by().values("id", kind.former).annotate(last=Max("history_id"))
    rows = list(history.objects.filter(pk__in=[row["last"] for row in last]).annotate(next_id=next_row(history)))
    following = history.objects.in_bulk({row.next_id for row in rows} - {None})
    former: dict[tuple[int, str], FormerName] = {}
    for row in rows:
        deleted = row.history_type == "-"
        ending = row if deleted else following.get(row.next_id)
        former[row.id, getattr(row, kind.former)] = FormerName(row.entry_name, deleted, end_of(ending))
    return former


def uses(model: type[Tracked], keys: Iterable[int]) -> dict[int, Use]:
    """Return the use of mechanisms or legal bases by their keys, in three queries."""
    reliance, keys = RELIANCES[model], set(keys)
    if not keys:
        return {}
    by_key = reliance.model._base_manager.filter(**{f"{reliance.field}__in": keys}).order_by().values(reliance.field)
    counted = by_key.annotate(number=Count(reliance.activity, distinct=True))
    now = {row[reliance.field]: Use(row["number"]) for row in counted}
    return {**ended_uses(reliance, keys - now.keys()), **now}


def ended_uses(reliance: Reliance, keys: set[int]) -> dict[int, Use]:
    """Return the ends of uses: the last history row that follows one with the reference."""
    history = history_of(reliance.model)
    ends = (
        history.objects.filter(**{f"{reliance.field}__in": keys})
        .order_by()
        .annotate(ended=Case(When(history_type="-", then=F("history_id")), default=next_row(history)))
        .values(reliance.field)
        .annotate(last=Max("ended"))
    )
    last = {row[reliance.field]: row["last"] for row in ends}
    rows = history.objects.in_bulk(set(last.values()) - {None})
    return {key: Use(0, end_of(rows.get(last.get(key)))) for key in keys}


def next_row(history: HistoryModel) -> Subquery:
    later: QuerySet[Any] = history.objects.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
    return Subquery(later.order_by("history_id").values("history_id")[:1])


def end_of(row: AnyHistoryRow | None) -> LastChange | None:
    return LastChange(row.change_set_id, row.history_date, row.user_name) if row is not None else None
