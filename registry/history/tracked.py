"""The base of every model of the register: no write without history, on whichever way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import batched
from typing import Any

from django.db import connections, models, router
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from registry.core.fields import KeyField
from registry.history.change_sets import ChangeSet, calm, current
from registry.history.inserting import insert
from registry.history.keys import refuse_known_keys
from registry.history.seals import values_of


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


def of_act(change: ChangeSet, kind: str) -> dict[str, Any]:
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
    change = opened.written()
    history = history_of(type(instance))
    opened.touched.add(history)
    return history(
        entry_name=str(instance) if name is None else name,
        **of_act(change, kind),
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
def recording_together() -> Iterator[None]:
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
    find_owners({(type(entry), row.id): entry for entry, row in deleted})
    rows: dict[type[Any], list[Any]] = {}
    for entry, row in deleted:
        row.entry_name = str(entry)
        rows.setdefault(type(row), []).append(row)
    for history, of_kind in rows.items():
        history._base_manager.bulk_create(of_kind, batch_size=500)


def find_owners(entries: Mapping[tuple[type[Tracked], int], Tracked]) -> None:
    """Set those that the names of the entries speak of, in a query for each kind, for they may be among the entries."""
    for model in {model for model, _key in entries}:
        for field in named_fields(model):
            related: Any = field.related_model
            of_kind = [entry for (kind, _key), entry in entries.items() if kind is model]
            missing = {getattr(entry, field.attname) for entry in of_kind if not field.is_cached(entry)}
            others = missing - {key for kind, key in entries if kind is related}
            names, rows = named_through(related), related._base_manager.all()
            stored = (rows.select_related(*names) if names else rows).in_bulk(others) if others else {}
            for entry in of_kind:
                key = getattr(entry, field.attname)
                if key in missing:
                    setattr(entry, field.name, entries.get((related, key)) or stored[key])


def named_fields(model: Any) -> list[Any]:
    return [model._meta.get_field(name) for name in getattr(model, "named_by", ())]


def named_through(model: Any) -> list[str]:
    """Return the ways to the entries whose names are part of an entry's own name, for ``select_related()``."""
    fields = named_fields(model)
    return [field.name for field in fields] + [
        f"{field.name}__{way}" for field in fields for way in named_through(field.related_model)
    ]


class Unrecorded(NotImplementedError):
    """A way of writing that leaves no history."""


class TrackedQuerySet[Model: "Tracked"](models.QuerySet[Model]):
    def update(self, **kwargs: Any) -> int:
        raise Unrecorded(
            "QuerySet.update() leaves no history. Change the objects and pass them to bulk_update(), which records."
        )

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        with recording_together():
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
            insert(connections[self.db], objs)
            refuse_known_keys(self.model, history_of(self.model), [obj.pk for obj in objs])
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

    def refusals(self, values: Mapping[str, Any]) -> dict[int, str]:
        """Return why the database would refuse these values for entries of the queryset, by their keys, in one query.

        ``values`` are by the names of fields, the same for all entries. Whether a value may occur once only is not
        looked at.
        """
        fields: dict[str, Any] = {field.name: field for field in self.model._meta.concrete_fields}
        given: dict[Any, Any] = {
            models.F(name): models.Value(value, output_field=fields[name]) for name, value in values.items()
        }
        checks = [each for each in self.model._meta.constraints if isinstance(each, models.CheckConstraint)]
        holds = [
            Coalesce(
                models.ExpressionWrapper(models.Q(each.condition).replace_expressions(given), models.BooleanField()),
                models.Value(True),
            )
            for each in checks
        ]
        found: dict[int, str] = {}
        for key, *kept in self.order_by().values_list("pk", *holds):
            broken = [each for each, is_kept in zip(checks, kept, strict=True) if not is_kept]
            if broken:
                found[key] = " ".join(str(each.get_violation_error_message()) for each in broken)
        return found

    def _changed(self, objs: Sequence[Model], fields: Sequence[str]) -> list[Model]:
        stored = self.model._base_manager.using(self.db).in_bulk([obj.pk for obj in objs])
        return [obj for obj in objs if obj.differs_from(values_of(stored[obj.pk]), only=fields)]

    def _record(self, objs: Sequence[Model], kind: str, batch_size: int | None) -> None:
        """Copies the rows from table to table as they are stored: only their names come from the program. Written row
        by row through models, history would take most of the time of an import."""
        history, connection = history_of(self.model), connections[self.db]
        opened = current()
        shared = of_act(opened.written(), kind)
        opened.touched.add(history)
        columns = [field.column for field in history.tracked_fields]
        given = {history._meta.get_field(name): value for name, value in shared.items()}
        quoted = [connection.ops.quote_name(each) for each in (*columns, *(f.column for f in given), "entry_name")]
        values = [field.get_db_prep_save(value, connection) for field, value in given.items()]
        selected = [f"live.{name}" for name in quoted[: len(columns)]] + ["%s"] * len(values) + ["named.name"]
        live, key = (
            connection.ops.quote_name(self.model._meta.db_table),
            quoted[columns.index(self.model._meta.pk.column)],
        )
        for batch in batched(objs, batch_size or 500):
            names = [part for place, obj in enumerate(batch) for part in (obj.pk, place, str(obj))]
            with connection.cursor() as cursor:
                cursor.execute(
                    f"WITH named(id, place, name) AS (VALUES {', '.join(['(%s, %s, %s)'] * len(batch))})"  # noqa: S608
                    f" INSERT INTO {connection.ops.quote_name(history._meta.db_table)} ({', '.join(quoted)})"
                    f" SELECT {', '.join(selected)} FROM {live} live JOIN named ON named.id = live.{key}"
                    " ORDER BY named.place",
                    [*names, *values],
                )


class Tracked(models.Model):
    #: The fields that say whose an entry is: it goes with its owner, and its changes count as changes of the owner.
    belongs_to: tuple[str, ...] = ()
    #: The fields whose entries are part of its name.
    named_by: tuple[str, ...] = ()
    #: The field of keys by which the history finds entries that others are listed under; empty for all others.
    history_root = ""
    #: The fields that a past state shows as they were then, where it does not show all so.
    history_past_fields: tuple[str, ...] | None = None
    #: The field and the value by which an entry has ended.
    history_ended: tuple[str, str] | None = None

    #: The key of the only entry, for a model that has one.
    THE_ONE: int | None = None

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
        with recording_together():
            return super().delete(using=using, keep_parents=keep_parents)

    def remember(self) -> None:
        """To be called right after the entry was read: until somebody may have written, what is stored is known without
        asking the database."""
        self._remembered = (calm(), values_of(self))

    def _as_remembered(self, using: str) -> Mapping[str, Any] | None:
        """The stored values, where they are certain; None where they have to be read."""
        time, values = self.__dict__.get("_remembered", (None, {}))
        certain = time is not None and time is calm() and self._state.db == using
        return values if certain and values[self._meta.pk.attname] == self.pk else None

    def _as_stored(self) -> set[str]:
        """The fields whose values are certain to be those that are stored: the database vouches for them."""
        stored = self._as_remembered(router.db_for_write(type(self), instance=self))
        if stored is None:
            return set()
        now = self.__dict__
        return {
            field.name for field in self._meta.concrete_fields if now.get(field.attname, self) == stored[field.attname]
        }

    def clean_fields(self, exclude: Any = None) -> None:
        """What a stored value refers to exists."""
        existing = {name for name in self._as_stored() if self._refers(self._meta.get_field(name))}
        super().clean_fields(exclude={*(exclude or ()), *existing})
        for key in self.key_fields():
            key.pre_save(self, False)

    def _refers(self, field: Any) -> bool:
        """Whether all there is to validate about the value is that the entry referred to exists."""
        known = isinstance(field, models.ForeignKey) and not field.get_limit_choices_to()
        return known and getattr(self, field.attname) is not None

    def validate_constraints(self, exclude: Any = None) -> None:
        """A key stands for its source: where a form shows the one, the other counts too."""
        shown = {key.name for key in self.key_fields() if key.source not in (exclude or ())}
        super().validate_constraints(exclude=set(exclude or ()) - shown)

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Those that the values could violate. The database holds none that do, so the stored values do not."""
        stored = self._as_stored()
        return [
            (model, [constraint for constraint in constraints if not vouched_for(model, constraint, stored)])
            for model, constraints in super().get_constraints()
        ]

    def _stored(self, using: str | None) -> Mapping[str, Any] | None:
        database = using or router.db_for_write(type(self), instance=self)
        remembered = self._as_remembered(database)
        if remembered is not None:
            return remembered
        stored = type(self)._base_manager.using(database).filter(pk=self.pk).first()
        return None if stored is None else values_of(stored)

    def differs_from(self, stored: Mapping[str, Any], only: Iterable[str] | None = None) -> bool:
        """Whether a field would change. A change outside ``only`` is refused: it would be recorded, yet not written."""
        changed = {field.name for field in self.changed_fields(stored)}
        outside = changed - set(only) if only is not None else set()
        if outside:
            raise Unrecorded(f"{', '.join(sorted(outside))} changed too, but would not be written: name all or none.")
        return bool(changed)

    def changed_fields(self, stored: Mapping[str, Any]) -> list[models.Field[Any, Any]]:
        loaded = [field for field in self._meta.concrete_fields if field.attname in self.__dict__]
        return [field for field in loaded if self._value(field) != stored[field.attname]]

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


def vouched_for(model: type[models.Model], constraint: models.BaseConstraint, stored: set[str]) -> bool:
    fields = constrained(model)[constraint.name]
    return bool(fields) and fields <= stored


@cache
def constrained(model: type[models.Model]) -> Mapping[str, frozenset[str]]:
    """By constraint of the model the fields on which it depends whether an entry satisfies it."""
    return {constraint.name: frozenset(fields_in(model, constraint)) for constraint in model._meta.constraints}


def fields_in(model: type[models.Model], constraint: models.BaseConstraint) -> Iterator[str]:
    yield from getattr(constraint, "fields", ())
    for expression in (getattr(constraint, "condition", None), *getattr(constraint, "expressions", ())):
        for name in references(expression):
            yield model._meta.pk.name if name == "pk" else name


def references(expression: Any) -> Iterator[str]:
    """The names of the fields in a condition."""
    if isinstance(expression, models.F):
        name: str = expression.name  # type: ignore[attr-defined]
        yield name.partition(LOOKUP_SEP)[0]
    elif isinstance(expression, tuple):
        lookup, value = expression
        yield lookup.partition(LOOKUP_SEP)[0]
        if not isinstance(value, tuple):  # of a range: plain values
            yield from references(value)
    elif isinstance(expression, models.Q):
        for child in expression.children:
            yield from references(child)
    elif hasattr(expression, "get_source_expressions"):
        for source in expression.get_source_expressions():
            yield from references(source)
