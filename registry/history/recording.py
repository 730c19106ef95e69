"""History rows: how each write of an entry is recorded in the open change set."""

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
from registry.history.keys import refuse_known_keys

if TYPE_CHECKING:
    from registry.history.tracked import Tracked


class HistoryRow(models.Model):
    """What each history row adds to the snapshot: its change set, and the names as they read then."""

    change_set = models.ForeignKey(
        ChangeSet, models.PROTECT, related_name="%(class)s_rows", editable=False, db_index=False
    )
    user_name = models.TextField(editable=False)
    entry_name = models.TextField(editable=False)

    class Meta:
        abstract = True


@cache
def history_of(model: Any) -> type[Any]:
    """The model of its history rows. simple-history makes a manager anew each time that it is asked."""
    history: type[Any] = model.history.model
    return history


def change_set_values(change: ChangeSet, kind: str) -> dict[str, Any]:
    """What a history row repeats of its change set."""
    return {
        "change_set_id": change.pk,
        "user_name": change.user_name,
        "history_date": change.created_at,
        "history_type": kind,
        "history_user_id": change.user_id,
        "history_change_reason": change.reason,
    }


def history_row(instance: Tracked, kind: str, name: str | None = None) -> Any:
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

    def finalize(self, sender: type[models.Model], **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if hasattr(sender._meta, "simple_history_manager_attribute"):
            models.signals.pre_save.connect(self.pre_save, sender=sender, weak=False)

    def pre_save(self, raw: bool = False, **kwargs: Any) -> None:
        """Also for ``save_base()``, which everything that writes one entry comes down to."""
        if raw:
            raise Unrecorded("Raw data, as loaddata reads it, leaves no history. Import it: manage.py import_register")
        current().begin()

    def post_save(self, instance: Tracked, created: bool, using: str | None = None, **kwargs: Any) -> None:
        if created:
            refuse_known_keys(type(instance), history_of(type(instance)), [instance.pk])
        history_row(instance, "+" if created else "~").save(using=using)

    def post_delete(self, instance: Tracked, using: str | None = None, **kwargs: Any) -> None:
        """What is deleted together is recorded together: see ``recording_together()``."""
        deleted = _deleted.get()
        if deleted is None:
            history_row(instance, "-").save(using=using)
        else:
            deleted.append((instance, history_row(instance, "-", name="")))


#: What is being deleted, each with its history row, which has no name yet.
_deleted: ContextVar[list[tuple[Tracked, Any]] | None] = ContextVar("deleted_together", default=None)


@contextmanager
def recording_deletions() -> Iterator[None]:
    """Write the history rows of all that is deleted in the block as one batch for each kind of entry."""
    current().begin()
    if _deleted.get() is not None:
        yield
        return
    deleted: list[tuple[Tracked, Any]] = []
    token = _deleted.set(deleted)
    try:
        yield
    finally:
        _deleted.reset(token)
    load_named_entries({(type(entry), row.id): entry for entry, row in deleted})
    rows: dict[type[Any], list[Any]] = {}
    for entry, row in deleted:
        row.entry_name = str(entry)
        rows.setdefault(type(row), []).append(row)
    for history, of_kind in rows.items():
        history._base_manager.bulk_create(of_kind, batch_size=500)


def load_named_entries(entries: Mapping[tuple[type[Tracked], int], Tracked]) -> None:
    """Set those that the names of the entries speak of, in a query for each kind, for they may be among the entries."""
    for model in {model for model, _key in entries}:
        for field in named_fields(model):
            related: Any = field.related_model
            of_kind = [entry for (kind, _key), entry in entries.items() if kind is model]
            missing = {getattr(entry, field.attname) for entry in of_kind if not field.is_cached(entry)}
            others = missing - {key for kind, key in entries if kind is related}
            names, rows = name_lookups(related), related._base_manager.all()
            stored = (rows.select_related(*names) if names else rows).in_bulk(others) if others else {}
            for entry in of_kind:
                key = getattr(entry, field.attname)
                if key in missing:
                    setattr(entry, field.name, entries.get((related, key)) or stored[key])


def named_fields(model: Any) -> list[Any]:
    return [model._meta.get_field(name) for name in getattr(model, "named_by", ())]


def name_lookups(model: Any) -> list[str]:
    """Return the ways to the entries whose names are part of an entry's own name, for ``select_related()``."""
    fields = named_fields(model)
    return [field.name for field in fields] + [
        f"{field.name}__{way}" for field in fields for way in name_lookups(field.related_model)
    ]


class Unrecorded(NotImplementedError):
    """A way of writing that leaves no history."""
