"""Recording: each write of an entry adds a history row to the open change set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import models
from simple_history.models import HistoricalRecords

from registry.core.fields import KeyField
from registry.history.change_sets import ChangeSet, current
from registry.history.exceptions import Unrecorded
from registry.history.key_reuse import refuse_known_keys
from registry.history.row_types import AnyHistoryRow, HistoryModel

if TYPE_CHECKING:
    from registry.history.tracked import Tracked


class HistoryRow(models.Model):
    """What a history row holds besides the values of its entry: the change set, and the names at that time."""

    change_set = models.ForeignKey(
        ChangeSet, models.PROTECT, related_name="%(class)s_rows", editable=False, db_index=False
    )
    user_name = models.TextField(editable=False)
    entry_name = models.TextField(editable=False)

    class Meta:
        abstract = True


@cache
def history_of(model: type[models.Model]) -> HistoryModel:
    """Return the model of a tracked model's history rows. Cached: simple-history makes a manager for each access."""
    history: HistoryModel = model.history.model  # type: ignore[attr-defined]
    return history


def change_set_values(change: ChangeSet, kind: str) -> dict[str, object]:
    """Return the values that a history row repeats from its change set; ``kind`` is ``+``, ``~`` or ``-``."""
    return {
        "change_set_id": change.pk,
        "user_name": change.user_name,
        "history_date": change.created_at,
        "history_type": kind,
        "history_user_id": change.user_id,
        "history_change_reason": change.reason,
    }


def history_row(instance: Tracked, kind: str, name: str | None = None) -> AnyHistoryRow:
    """Return the unsaved history row of an entry in the open change set; ``name`` replaces the entry's own."""
    opened = current()
    change = opened.write_row()
    history = history_of(type(instance))
    opened.histories.add(history)
    return history(
        entry_name=str(instance) if name is None else name,
        **change_set_values(change, kind),
        **{field.attname: getattr(instance, field.attname) for field in history.tracked_fields},
    )


class HistoryRecords(HistoricalRecords):  # type: ignore[misc]
    """django-simple-history's records, where each history row belongs to a change set and none can be skipped."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(
            bases=(HistoryRow,),
            history_id_field=models.BigAutoField(),
            history_user_id_field=models.BigIntegerField(null=True),
            **kwargs,
        )

    def add_extra_methods(self, cls: type[models.Model]) -> None:
        def save_without_historical_record(self: Tracked, *args: object, **kwargs: object) -> None:
            raise NotImplementedError("Every change to the register is recorded: use save() inside a change set.")

        cls.save_without_historical_record = save_without_historical_record  # type: ignore[attr-defined]

    def get_meta_options(self, model: type[models.Model]) -> dict[str, object]:
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

    def finalize(self, sender: type[models.Model], **kwargs: object) -> None:
        super().finalize(sender, **kwargs)
        if hasattr(sender._meta, "simple_history_manager_attribute"):
            models.signals.pre_save.connect(self.pre_save, sender=sender, weak=False)

    def pre_save(self, raw: bool = False, **kwargs: object) -> None:
        """Begin the change set before anything is written: every way of saving one entry sends this signal."""
        if raw:
            raise Unrecorded("loaddata leaves no history. Use manage.py import_register instead.")
        current().begin()

    def post_save(self, instance: Tracked, created: bool, using: str | None = None, **kwargs: object) -> None:
        if created:
            refuse_known_keys(type(instance), history_of(type(instance)), [instance.pk])
        history_row(instance, "+" if created else "~").save(using=using)

    def post_delete(self, instance: Tracked, using: str | None = None, **kwargs: object) -> None:
        """Record the deletion, inside ``recording_deletions()`` together with the others."""
        deleted = _deleted.get()
        if deleted is None:
            history_row(instance, "-").save(using=using)
        else:
            deleted.append((instance, history_row(instance, "-", name="")))


#: The entries deleted in the block, each with its history row, which has no name yet.
_deleted: ContextVar[list[tuple[Tracked, AnyHistoryRow]] | None] = ContextVar("deleted_together", default=None)


@contextmanager
def recording_deletions() -> Iterator[None]:
    """Write the history rows of the entries deleted in the block in one batch for each model."""
    current().begin()
    if _deleted.get() is not None:
        yield
        return
    deleted: list[tuple[Tracked, AnyHistoryRow]] = []
    token = _deleted.set(deleted)
    try:
        yield
    finally:
        _deleted.reset(token)
    load_named_entries({(type(entry), row.id): entry for entry, row in deleted})
    rows_by_model: dict[HistoryModel, list[AnyHistoryRow]] = {}
    for entry, row in deleted:
        row.entry_name = str(entry)
        rows_by_model.setdefault(type(row), []).append(row)
    for history, rows in rows_by_model.items():
        history._base_manager.bulk_create(rows, batch_size=500)


def load_named_entries(entries: Mapping[tuple[type[Tracked], int], Tracked]) -> None:
    """Load the entries that are part of the names of these, in one query for each model.

    They may be among the deleted entries themselves, which the database no longer has.
    """
    for model in {model for model, _key in entries}:
        for field in named_fields(model):
            related: Any = field.related_model
            of_model = [entry for (kind, _key), entry in entries.items() if kind is model]
            missing = {getattr(entry, field.attname) for entry in of_model if not field.is_cached(entry)} - {None}
            others = missing - {key for kind, key in entries if kind is related}
            stored = with_names(related._base_manager.all()).in_bulk(others) if others else {}
            for entry in of_model:
                key = getattr(entry, field.attname)
                if key in missing:
                    setattr(entry, field.name, entries.get((related, key)) or stored[key])


def named_fields(model: type[models.Model]) -> list[Any]:
    """Return the foreign keys of a model whose entries are part of the names of its own."""
    return [model._meta.get_field(name) for name in getattr(model, "named_by", ())]


def with_names[Entry: models.Model](entries: models.QuerySet[Entry]) -> models.QuerySet[Entry]:
    """Return the queryset with all entries that are part of the names of its own, in the same query."""
    lookups = name_lookups(entries.model)
    return entries.select_related(*lookups) if lookups else entries


def name_lookups(model: type[models.Model]) -> list[str]:
    """Return the lookups to all entries that are part of an entry's name."""
    fields = named_fields(model)
    return [field.name for field in fields] + [
        f"{field.name}__{way}" for field in fields for way in name_lookups(field.related_model)
    ]
