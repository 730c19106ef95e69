"""Types of history models, which simple-history makes at run time and no type checker sees."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

#: The model of the history rows of another model, derived from ``registry.history.recording.HistoryRow``.
type HistoryModel = type[Any]
#: A history row: the values of an entry, and what ``HistoryRow`` and simple-history add.
type AnyHistoryRow = Any
#: A query for history rows.
type HistoryRows = QuerySet[Any]
