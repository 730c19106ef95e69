"""Primary keys are given once: a new entry with the key of a deleted one would inherit its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import batched

from django.db import IntegrityError, models

from registry.history.row_types import HistoryModel

_restoring: ContextVar[bool] = ContextVar("restoring_entries", default=False)


class KnownKey(IntegrityError):
    """A new entry has the key of a deleted one."""

    def __init__(self, model: type[models.Model], key: int) -> None:
        super().__init__(
            f"A new {model._meta.verbose_name_raw} would get the key {key} of a deleted one, because the sequence of"
            f" {model._meta.db_table} was set back. Run manage.py verify_history, then manage.py migrate, which"
            " corrects the sequence."
        )


@contextmanager
def restoring_keys() -> Iterator[None]:
    """Let entries created in the block have the keys they had before they were deleted."""
    token = _restoring.set(True)
    try:
        yield
    finally:
        _restoring.reset(token)


def refuse_known_keys(model: type[models.Model], history: HistoryModel, keys: Sequence[int]) -> None:
    """Raise ``KnownKey`` where a new entry has the key of a deleted one. Call it before its first history row."""
    if _restoring.get() or getattr(model, "THE_ONE", None):
        return
    for batch in batched(keys, 500):
        known_key = history._base_manager.filter(id__in=batch).values_list("id", flat=True).first()
        if known_key is not None:
            raise KnownKey(model, known_key)
