"""The fields on which the constraints of a model depend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from django.db import models
from django.db.models.constants import LOOKUP_SEP


def depends_only_on(model: type[models.Model], constraint: models.BaseConstraint, names: set[str]) -> bool:
    """Return whether a constraint depends on fields with these names and on no others."""
    fields = fields_by_constraint(model)[constraint.name]
    return bool(fields) and fields <= names


@cache
def fields_by_constraint(model: type[models.Model]) -> Mapping[str, frozenset[str]]:
    """Return by constraint the names of the fields that decide whether an entry satisfies it."""
    return {constraint.name: frozenset(constraint_fields(model, constraint)) for constraint in model._meta.constraints}


def constraint_fields(model: type[models.Model], constraint: models.BaseConstraint) -> Iterator[str]:
    yield from getattr(constraint, "fields", ())
    for expression in (getattr(constraint, "condition", None), *getattr(constraint, "expressions", ())):
        for name in referenced_fields(expression):
            yield model._meta.pk.name if name == "pk" else name


def referenced_fields(expression: object) -> Iterator[str]:
    """Yield the names of the fields in a condition or an expression."""
    if isinstance(expression, models.F):
        name: str = expression.name  # type: ignore[attr-defined]
        yield name.partition(LOOKUP_SEP)[0]
    elif isinstance(expression, tuple):
        lookup, value = expression
        yield lookup.partition(LOOKUP_SEP)[0]
        if not isinstance(value, tuple):  # the bounds of a range are plain values
            yield from referenced_fields(value)
    elif isinstance(expression, models.Q):
        for child in expression.children:
            yield from referenced_fields(child)
    elif hasattr(expression, "get_source_expressions"):
        for source in expression.get_source_expressions():
            yield from referenced_fields(source)
