"""The base class of the models of the register: every write is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import models, router

from registry.core.fields import AnyField, KeyField
from registry.history.change_sets import current, quiet_period
from registry.history.constraint_fields import depends_only_on
from registry.history.querysets import TrackedQuerySet
from registry.history.recording import HistoryRecords, Unrecorded, recording_deletions
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

    #: The primary key of the only entry, for a model that has one.
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

    def remember_stored_values(self) -> None:
        """Note the values right after the entry was read, which saves a query as long as nobody can have written."""
        self._remembered = (quiet_period(), values_of(self))

    def _remembered_values(self, using: str) -> Mapping[str, Any] | None:
        """Return the noted values of the database, None where they have to be read."""
        period, values = self.__dict__.get("_remembered", (None, {}))
        certain = period is not None and period is quiet_period() and self._state.db == using
        return values if certain and values[self._meta.pk.attname] == self.pk else None

    def _unchanged_fields(self) -> set[str]:
        """Return the names of the fields that certainly have the values of the database."""
        stored = self._remembered_values(router.db_for_write(type(self), instance=self))
        if stored is None:
            return set()
        now = self.__dict__
        return {
            field.name for field in self._meta.concrete_fields if now.get(field.attname, self) == stored[field.attname]
        }

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Validate the fields. What an unchanged foreign key refers to exists, and is not looked up."""
        existing = {name for name in self._unchanged_fields() if self._refers(self._meta.get_field(name))}
        super().clean_fields(exclude={*(exclude or ()), *existing})
        for key in self.key_fields():
            key.pre_save(self, False)

    def _refers(self, field: object) -> bool:
        """Return whether the field is a filled foreign key that may refer to any entry."""
        if not isinstance(field, models.ForeignKey) or field.get_limit_choices_to():
            return False
        return getattr(self, field.attname) is not None

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Validate constraints on a key field wherever its source field is validated."""
        shown = {key.name for key in self.key_fields() if key.source not in (exclude or ())}
        super().validate_constraints(exclude=set(exclude or ()) - shown)

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints that the values could violate: unchanged values satisfy theirs."""
        stored = self._unchanged_fields()
        return [
            (model, [constraint for constraint in constraints if not depends_only_on(model, constraint, stored)])
            for model, constraints in super().get_constraints()
        ]

    def _stored_values(self, using: str | None) -> Mapping[str, Any] | None:
        database = using or router.db_for_write(type(self), instance=self)
        remembered = self._remembered_values(database)
        if remembered is not None:
            return remembered
        stored = type(self)._base_manager.using(database).filter(pk=self.pk).first()
        return None if stored is None else values_of(stored)

    def differs_from(self, stored: Mapping[str, Any], only: Iterable[str] | None = None) -> bool:
        """Return whether a field differs from the stored values.

        Raises ``Unrecorded`` for a change outside ``only``, which would be recorded but not written.
        """
        changed = {field.name for field in self.changed_fields(stored)}
        outside = changed - set(only) if only is not None else set()
        if outside:
            raise Unrecorded(f"{', '.join(sorted(outside))} changed too, but would not be written: name all or none.")
        return bool(changed)

    def changed_fields(self, stored: Mapping[str, Any]) -> list[AnyField]:
        loaded = [field for field in self._meta.concrete_fields if field.attname in self.__dict__]
        return [field for field in loaded if self._value(field) != stored[field.attname]]

    def _value(self, field: AnyField) -> object:
        """Return the value as it will be read from the database."""
        value = field.pre_save(self, False)
        return value if hasattr(value, "resolve_expression") else field.to_python(value)

    @classmethod
    def with_keys(cls, names: Iterable[str]) -> list[str]:
        """Return the names of the fields and of the key fields that follow from them."""
        names = list(names)
        keys = [key for key in cls.key_fields() if key.source in names and key.name not in names]
        return [*names, *(key.name for key in keys)]

    @classmethod
    def key_fields(cls) -> list[KeyField]:
        return [field for field in cls._meta.concrete_fields if isinstance(field, KeyField)]
