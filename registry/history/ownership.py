"""Which entries belong to which: each model declares it in ``belongs_to``.

The *root* is the model under whose entries the others are listed: the one with a ``history_root``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignKey, IntegerField, Model, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from registry.history.recording import history_of
from registry.history.tracked import Tracked

type Owner = ForeignKey[Any, Any]


def tracked_models() -> list[type[Tracked]]:
    return [model for model in apps.get_models() if issubclass(model, Tracked)]


def owner_fields(model: type[Model]) -> list[Owner]:
    """Return the foreign keys to the owners of an entry; the first that is not empty counts."""
    fields: list[Any] = [model._meta.get_field(name) for name in getattr(model, "belongs_to", ())]
    return fields


def owned_by(model: type[Model]) -> Iterator[tuple[type[Tracked], str]]:
    """Yield the models whose entries belong to entries of this model, each with the column of the foreign key."""
    for owned in tracked_models():
        for field in owner_fields(owned):
            if field.related_model is model:
                yield owned, field.attname


def depth(model: type[Model]) -> int:
    """Return how many owners are above an entry of this model."""
    return max((1 + depth(field.related_model) for field in owner_fields(model)), default=0)


def root() -> type[Tracked]:
    """Return the model under whose entries the history lists those that belong to them."""
    (model,) = (model for model in tracked_models() if model.history_root)
    return model


@cache
def ways_to(owner: type[Tracked]) -> Mapping[type[Tracked], Sequence[str]]:
    """Return the lookups that lead from a history row to the key of the owner above it, by the model of the row."""
    ways = {model: list(way_to(owner, model)) for model in tracked_models() if model is not owner}
    return {owner: ["id"], **{model: lookups for model, lookups in ways.items() if lookups}}


def way_to(owner: type[Tracked], model: type[Model]) -> Iterator[str]:
    """Yield the lookups from a history row of a model to the key of the owner above its entry."""
    for field in owner_fields(model):
        if field.related_model is owner:
            yield field.attname
        else:
            yield from (f"{field.name}__{way}" for way in way_to(owner, field.related_model))


def last_change(owner: type[Tracked]) -> Greatest:
    """Return the expression for the newest change set that changed an entry or anything that belongs to it."""
    newest = [
        history_of(model).objects.filter(**{way: OuterRef("pk")}).order_by("-history_id").values("change_set_id")[:1]
        for model, ways in ways_to(owner).items()
        for way in ways
    ]
    return Greatest(*(Coalesce(Subquery(each, output_field=IntegerField()), Value(0)) for each in newest))


def changed_after(owner: type[Tracked], change_set: OuterRef | int) -> Q:
    """Return the condition for entries that changed, or had belongings changed, after a change set."""
    changed = Q()
    for model, ways in ways_to(owner).items():
        for way in ways:
            later = history_of(model).objects.filter(**{way: OuterRef("pk")}, change_set_id__gt=change_set)
            changed |= Q(Exists(later))
    return changed
