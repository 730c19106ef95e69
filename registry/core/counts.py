"""Counting related entries, whatever else a query joins."""

from __future__ import annotations

from django.db.models import Count, Model, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count_of(model: type[Model], field: str) -> Coalesce:
    """Return the expression for how many entries of a model refer to a row by a foreign key.

    It is a subquery: ``Count()`` would count each entry once for each row of any other relation that a search joins.
    """
    referring = model._default_manager.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return Coalesce(Subquery(referring.annotate(number=Count("pk")).values("number")), 0)
