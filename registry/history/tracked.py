"""The base class of the models of the register: every write is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import models, router

from registry.core.fields import AnyField, KeyField
from registry.history.chain import Values
from registry.history.change_sets import current
from registry.history.exceptions import Unrecorded
from registry.history.querysets import TrackedQuerySet
from registry.history.recording import HistoryRecords, recording_deletions
from registry.history.seals import values_of


class Tracked(models.Model):
    """A model with history. Its class attributes tell the history how its entries belong together."""

    #: The foreign keys to the owners of an entry. It is deleted with its owner, and its changes count as theirs.
    belongs_to: tuple[str, ...] = ()
    #: The foreign keys to the entries that are part of its name.
    named_by: tuple[str, ...] = ()
    #: The key field by which the history finds entries that others are listed under; empty for other models.
    history_root = ""
    #: The fields that a past state shows as they were then; None for all of them.
    history_past_fields: tuple[str, ...] | None = None
    #: The field and the value that mark an entry as ended.
    history_ended: tuple[str, str] | None = None
    #: Fields that name kept files by their digests – a text, or an object of texts – each with the model of the files,
    #: whose primary key is the digest. ``verify_history`` compares them.
    history_files: tuple[tuple[str, str], ...] = ()

    #: The primary key of the only entry, or of the first one, for a model whose keys the database does not give.
    THE_ONE: int | None = None

    history = HistoryRecords(inherit=True)
    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, **kwargs: Any) -> None:
        """Write and record the entry where it differs from the database, else do nothing."""
        current().begin()
        if self._state.adding:
            super().save(**kwargs)
            return
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = self.with_keys(kwargs["update_fields"])
        stored = self._stored_values(kwargs.get("using"))
        if stored is None or self.differs_from(stored, only=kwargs.get("update_fields")):
            super().save(**{**kwargs, "force_update": True})

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        with recording_deletions():
            return super().delete(using=using, keep_parents=keep_parents)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Validate the fields, and set the key fields that follow from them."""
        super().clean_fields(exclude=exclude)
        for key in self.key_fields():
            key.pre_save(self, False)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Validate constraints on a key field wherever its source field is validated."""
        validated = {key.name for key in self.key_fields() if key.source not in (exclude or ())}
        super().validate_constraints(exclude=set(exclude or ()) - validated)

    def _stored_values(self, using: str | None) -> Values | None:
        database = using or router.db_for_write(type(self), instance=self)
        stored = type(self)._base_manager.using(database).filter(pk=self.pk).first()
        return None if stored is None else values_of(stored)

    def differs_from(self, stored: Values, only: Iterable[str] | None = None) -> bool:
        """Return whether a field differs from the stored values.

        Raises ``Unrecorded`` for a change outside ``only``, which would be recorded but not written.
        """
        changed = {field.name for field in self.changed_fields(stored)}
        outside = changed - set(only) if only is not None else set()
        if outside:
            raise Unrecorded(f"{', '.join(sorted(outside))} changed too, but would not be written: name all or none.")
        return bool(changed)

    def changed_fields(self, stored: Values) -> list[AnyField]:
        loaded = [field for field in self._meta.concrete_fields if field.attname in self.__dict__]
        return [field for field in loaded if self._value(field) != stored[str(field.column)]]

    def _value(self, field: AnyField) -> object:
        """Return the value as it will be read from the database."""
        value = field.pre_save(self, False)
        return value if hasattr(value, "resolve_expression") else field.to_python(value)

    @classmethod
    def undo_hindrance(cls, now: Mapping[str, object], then: Mapping[str, object] | None) -> str:  # noqa: ARG003 - for others
        """Return why an entry cannot be brought back from its present values to earlier ones; empty where it can.

        ``then`` is None where the entry would be deleted.
        """
        return ""

    @classmethod
    def with_keys(cls, names: Iterable[str]) -> list[str]:
        """Return the names of the fields and of the key fields that follow from them."""
        names = list(names)
        keys = [key for key in cls.key_fields() if key.source in names and key.name not in names]
        return [*names, *(key.name for key in keys)]

    @classmethod
    def key_fields(cls) -> list[KeyField]:
        return [field for field in cls._meta.concrete_fields if isinstance(field, KeyField)]
