"""What an address may ask of the pages of the admin: what they offer, and values that their fields can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from django.utils.text import capfirst

from registry.core.text import whole_number

#: How the filters of lists ask: by a value, by none, and of days by the first and the one after the last.
LOOKUP_SUFFIXES = ("", "__exact", "__isnull", "__gte", "__lt", "__id__exact")


class DeclaredLookups:
    """A list is narrowed by its filters and by nothing else.

    The stock admin takes any lookup of any field of the model from the address: a regular expression that takes for
    ever, a year that no calendar has.
    """

    #: Fields by which links elsewhere narrow the list.
    linked_by: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in set(self.declared_lookups(request))

    def declared_lookups(self, request: HttpRequest) -> Iterator[str]:
        for name in self.linked_by:
            yield from (f"{name}{how}" for how in LOOKUP_SUFFIXES)
        for declared in self.get_list_filter(request):  # type: ignore[attr-defined]
            name = declared[0] if isinstance(declared, tuple | list) else declared
            if isinstance(name, str):
                yield from (f"{name}{how}" for how in LOOKUP_SUFFIXES)
            else:
                yield name.parameter_name


def initial_values(model: type[Model], asked: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What fields of the model can hold of what an address fills in, and the names of those that cannot."""
    values: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in asked.items():
        try:
            field: Any = model._meta.get_field(name)
        except FieldDoesNotExist:
            values[name] = value
            continue
        if can_hold(field, value):
            values[name] = value
        else:
            refused.append(capfirst(str(field.verbose_name)))
    return values, refused


def can_hold(field: Any, value: Any) -> bool:
    if isinstance(field, ForeignKey):
        return whole_number(str(value)) is not None
    try:
        field.to_python(value)
    except (ValidationError, ValueError, OverflowError):
        return False
    return True
