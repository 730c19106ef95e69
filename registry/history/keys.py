"""Keys are given once: a new entry with the key of a deleted one would get its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import batched
from typing import Any

from django.db import IntegrityError, models

_bringing_back: ContextVar[bool] = ContextVar("bringing_entries_back", default=False)


class KnownKey(IntegrityError):
    """A new entry has a key that history knows."""

    def __init__(self, model: type[models.Model], key: int) -> None:
        super().__init__(
            f"A new {model._meta.verbose_name_raw} would get the key {key}, which history knows from a deleted one. The"
            f" sequence of {model._meta.db_table} was set back. Run manage.py verify_history, then manage.py migrate,"
            " which sets it right."
        )


@contextmanager
def restoring_keys() -> Iterator[None]:
    """Entries created in the block are those that once had their keys."""
    token = _bringing_back.set(True)
    try:
        yield
    finally:
        _bringing_back.reset(token)


def refuse_known_keys(model: type[models.Model], history: type[Any], keys: Sequence[int]) -> None:
    """To be called before the first history row of new entries. Raises ``KnownKey``."""
    if _bringing_back.get() or getattr(model, "THE_ONE", None):
        return
    for batch in batched(keys, 500):
        known = history._base_manager.filter(id__in=batch).values_list("id", flat=True).first()
        if known is not None:
            raise KnownKey(model, known)
