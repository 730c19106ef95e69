"""Sorting the text columns of lists by the alphabet of the active language."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, TextField
from django.db.models.constants import LOOKUP_SEP

from registry.core.fields import KeyField
from registry.core.order import in_order_of_names
from registry.models.countries import CountryField


class AlphabeticalChangeList(ChangeList):
    """A list whose text columns sort by the alphabet of the active language."""

    def get_ordering_field(self, field_name: Any) -> Any:
        path = super().get_ordering_field(field_name)
        text = sortable_text(self.lookup_opts, path) if isinstance(path, str) else None
        return path if text is None else in_order_of_names(text)

    def get_ordering_field_columns(self) -> Any:
        """Return the sorted columns. Django finds the default one by its name only; here it is an expression."""
        columns = super().get_ordering_field_columns()
        first = next(iter(self.model_admin.ordering or ()), None)
        if columns or ORDER_VAR in self.params or first is None:
            return columns
        places = [place for place, name in enumerate(self.list_display) if self.get_ordering_field(name) == first]
        return dict.fromkeys(places[:1], "asc")


def sortable_text(opts: Any, path: str) -> str | None:
    """Return the lookup of the text by which a field sorts, None if it is not a text.

    That is the field, or the name of the entry that it refers to, or the key of either if there is one.
    """
    field: Any = None
    *way, name = path.split(LOOKUP_SEP)
    try:
        for each in path.split(LOOKUP_SEP):
            field = opts.get_field(each)
            opts = field.related_model._meta if field.is_relation else opts
    except FieldDoesNotExist:  # worked out by the query
        return None
    if field.is_relation:
        names = opts.ordering[:1]
        return sortable_text(opts, names[0]) and LOOKUP_SEP.join([path, *names]) if names else None
    if not isinstance(field, CharField | TextField) or isinstance(field, CountryField) or field.choices:
        return None
    keys = (each.name for each in opts.concrete_fields if isinstance(each, KeyField) and each.source == name)
    return LOOKUP_SEP.join([*way, next(keys, name)])
