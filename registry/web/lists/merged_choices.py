"""Filters by related entries, of which some were merged into others: saved views of those show the others."""

from __future__ import annotations

from typing import Any

import django_filters
from django_filters.fields import ModelChoiceField, ModelMultipleChoiceField

from registry.history.merges import all_merges, successor_key
from registry.history.recording import history_of


def value_lives_on(field: Any, value: Any) -> Any:
    """Return the value that stands for what an entry was merged into, the same value where it was not."""
    model, name = field.queryset.model, field.to_field_name or "pk"
    gone = {merge.gone for merge in all_merges() if merge.model is model}
    if not gone:
        return value
    rows = history_of(model).objects.filter(id__in=gone, history_type="-").order_by("history_id")
    keys = {str(key): key for key in gone} if name == "pk" else dict(rows.values_list(name, "id"))
    if str(value) not in keys or model._default_manager.filter(**{name: value}).exists():
        return value
    successor = model._default_manager.filter(pk=successor_key(model, keys[str(value)])).first()
    return value if successor is None else getattr(successor, name)


class MergedChoiceField(ModelChoiceField):  # type: ignore[misc]
    def to_python(self, value: object) -> Any:
        return super().to_python(value_lives_on(self, value) if value else value)


class MergedMultipleChoiceField(ModelMultipleChoiceField):  # type: ignore[misc]
    def _check_values(self, value: Any) -> Any:
        return super()._check_values([value_lives_on(self, each) for each in value])


class MergedChoiceFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]
    field_class = MergedChoiceField


class MergedMultipleChoiceFilter(django_filters.ModelMultipleChoiceFilter):  # type: ignore[misc]
    field_class = MergedMultipleChoiceField
