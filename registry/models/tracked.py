"""The base of every model of the register: no write without history, on whichever way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.db import models, router
from simple_history.models import HistoricalRecords

from registry.models.changes import ChangeSet, current
from registry.models.fields import KeyField


class HistoryRow(models.Model):
    """What each history row adds to the snapshot: its change set, and the names as they read then."""

    change_set = models.ForeignKey(
        ChangeSet, models.PROTECT, related_name="%(class)s_rows", editable=False, db_index=False
    )
    user_name = models.TextField(editable=False)
    entry_name = models.TextField(editable=False)

    class Meta:
        abstract = True


def history_row(instance: Tracked, kind: str) -> models.Model:
    opened = current()
    change = opened.written()
    history = type(instance).history.model
    opened.touched.add(history)
    return history(
        change_set=change,
        user_name=change.user_name,
        entry_name=str(instance),
        history_date=change.created_at,
        history_type=kind,
        history_user=change.user,
        history_change_reason=change.reason,
        **{field.attname: getattr(instance, field.attname) for field in history.tracked_fields},
    )


class Recorded(HistoricalRecords):  # type: ignore[misc]
    """simple-history, with every row bound to its change set and no way round it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            bases=(HistoryRow,),
            history_id_field=models.BigAutoField(),
            history_user_id_field=models.BigIntegerField(null=True),
            **kwargs,
        )

    def add_extra_methods(self, cls: type[models.Model]) -> None:
        def save_without_historical_record(self: Tracked, *args: Any, **kwargs: Any) -> None:
            raise NotImplementedError("Every change to the register is recorded: use save() inside a change set.")

        cls.save_without_historical_record = save_without_historical_record  # type: ignore[attr-defined]

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        options: dict[str, Any] = super().get_meta_options(model)
        name = model._meta.model_name
        indexes = [
            models.Index(fields=("id", "history_date", "history_id"), name=f"{name}_as_at"[:30]),
            models.Index(fields=("id", "history_id"), name=f"{name}_before"[:30]),
            models.Index(fields=("change_set", "history_id"), name=f"{name}_of_act"[:30]),
        ]
        keys = [field.name for field in model._meta.concrete_fields if isinstance(field, KeyField)]
        indexes += [models.Index(fields=(key, "id"), name=f"{name}_{key}"[:30]) for key in keys]
        return {**options, "indexes": indexes, "default_permissions": ("view",)}

    def post_save(self, instance: Tracked, created: bool, using: str | None = None, **kwargs: Any) -> None:
        history_row(instance, "+" if created else "~").save(using=using)

    def post_delete(self, instance: Tracked, using: str | None = None, **kwargs: Any) -> None:
        history_row(instance, "-").save(using=using)


class Unrecorded(NotImplementedError):
    """A way of writing that leaves no history."""


class TrackedQuerySet[Model: "Tracked"](models.QuerySet[Model]):
    def update(self, **kwargs: Any) -> int:
        raise Unrecorded(
            "QuerySet.update() leaves no history. Change the objects and pass them to bulk_update(), which records."
        )

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        current().begin()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(  # type: ignore[override]
        self, objs: Iterable[Model], batch_size: int | None = None, **options: Any
    ) -> list[Model]:
        if any(options.values()):
            raise Unrecorded(
                "bulk_create() with conflict handling cannot say which rows it wrote, so none is recorded."
            )
        objs = list(objs)
        if objs:
            current().begin()
            super().bulk_create(objs, batch_size=batch_size)
            self._record(objs, "+", batch_size)
        return objs

    def bulk_update(self, objs: Iterable[Model], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Writes and records those of the objects whose named fields differ from what is stored."""
        fields = self.model.with_keys(fields)
        objs = list(objs)
        for obj in objs:
            obj._prepare_related_fields_for_save(operation_name="bulk_update")  # type: ignore[attr-defined]
        changed = self._changed(objs, fields)
        if changed:
            current().begin()
            plain: models.QuerySet[Model] = models.QuerySet(self.model, using=self.db)
            plain.bulk_update(changed, fields, batch_size=batch_size)
            self._record(changed, "~", batch_size)
        return len(changed)

    def _changed(self, objs: Sequence[Model], fields: Sequence[str]) -> list[Model]:
        stored = self.model._base_manager.using(self.db).in_bulk([obj.pk for obj in objs])
        return [obj for obj in objs if obj.differs_from(stored[obj.pk], only=fields)]

    def _record(self, objs: Sequence[Model], kind: str, batch_size: int | None) -> None:
        history = self.model.history.model
        history._base_manager.using(self.db).bulk_create(
            [history_row(obj, kind) for obj in objs], batch_size=batch_size
        )


class Tracked(models.Model):
    history = Recorded(inherit=True)
    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, **kwargs: Any) -> None:
        """Writes and records what differs from what is stored; nothing at all where nothing does."""
        current().begin()
        if self._state.adding:
            super().save(**kwargs)
            return
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = self.with_keys(kwargs["update_fields"])
        stored = self._stored(kwargs.get("using"))
        if stored is None or self.differs_from(stored, only=kwargs.get("update_fields")):
            super().save(**{**kwargs, "force_update": True})

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        current().begin()
        return super().delete(using=using, keep_parents=keep_parents)

    def clean_fields(self, exclude: Any = None) -> None:
        super().clean_fields(exclude=exclude)
        for key in self.key_fields():
            key.pre_save(self, False)

    def validate_constraints(self, exclude: Any = None) -> None:
        """A key stands for its source: where a form shows the one, the other counts too."""
        shown = {key.name for key in self.key_fields() if key.source not in (exclude or ())}
        super().validate_constraints(exclude=set(exclude or ()) - shown)

    def _stored(self, using: str | None) -> Self | None:
        database = using or router.db_for_write(type(self), instance=self)
        return type(self)._base_manager.using(database).filter(pk=self.pk).first()

    def differs_from(self, stored: Self, only: Iterable[str] | None = None) -> bool:
        """Whether a field would change. A change outside ``only`` is refused: it would be recorded, yet not written."""
        changed = {field.name for field in self.changed_fields(stored)}
        outside = changed - set(only) if only is not None else set()
        if outside:
            raise Unrecorded(f"{', '.join(sorted(outside))} changed too, but would not be written: name all or none.")
        return bool(changed)

    def changed_fields(self, stored: Self) -> list[models.Field[Any, Any]]:
        loaded = [field for field in self._meta.concrete_fields if field.attname in self.__dict__]
        return [field for field in loaded if self._value(field) != getattr(stored, field.attname)]

    def _value(self, field: models.Field[Any, Any]) -> Any:
        """The value as it will be read from the database."""
        value = field.pre_save(self, False)
        return value if hasattr(value, "resolve_expression") else field.to_python(value)

    @classmethod
    def with_keys(cls, names: Iterable[str]) -> list[str]:
        """The named fields, and the keys that follow from them."""
        names = list(names)
        keys = [key for key in cls.key_fields() if key.source in names and key.name not in names]
        return [*names, *(key.name for key in keys)]

    @classmethod
    def key_fields(cls) -> list[KeyField]:
        return [field for field in cls._meta.concrete_fields if isinstance(field, KeyField)]
