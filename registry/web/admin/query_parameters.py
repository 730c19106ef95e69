"""Query parameters of the admin: only declared filters, and initial values that the fields can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from django.utils.text import capfirst

from registry.core.fields import AnyField
from registry.core.text import whole_number

#: The suffixes of the lookups that list filters use.
LOOKUP_SUFFIXES = ("", "__exact", "__isnull", "__gte", "__lt", "__id__exact")


class DeclaredLookups:
    """Allows only the lookups of declared list filters.

    Django's admin accepts any lookup of any field from the address, such as expensive regular expressions.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in set(self.declared_lookups(request))

    def declared_lookups(self, request: HttpRequest) -> Iterator[str]:
        for declared in self.get_list_filter(request):  # type: ignore[attr-defined]
            name = declared[0] if isinstance(declared, tuple | list) else declared
            if isinstance(name, str):
                yield from (f"{name}{how}" for how in LOOKUP_SUFFIXES)
            else:
                yield name.parameter_name


def initial_values(model: type[Model], parameters: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the initial values that the fields of the model can hold, and the names of fields with other values."""
    values: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in parameters.items():
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


def can_hold(field: AnyField, value: object) -> bool:
    if isinstance(field, ForeignKey):
        return whole_number(str(value)) is not None
    try:
        field.to_python(value)
    except (ValidationError, ValueError, OverflowError):
        return False
    return True
