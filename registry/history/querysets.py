"""The queryset of tracked models, which records every bulk write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import connections, models
from django.db.models.functions import Coalesce

from registry.history.bulk_insert import insert
from registry.history.change_sets import current
from registry.history.exceptions import Unrecorded
from registry.history.key_reuse import refuse_known_keys
from registry.history.recording import change_set_values, history_of, recording_deletions
from registry.history.seals import values_of

if TYPE_CHECKING:
    from registry.history.tracked import Tracked


class TrackedQuerySet[Model: "Tracked"](models.QuerySet[Model]):
    """Records bulk writes in the open change set; refuses the ways of writing that cannot be recorded."""

    def update(self, **kwargs: object) -> int:
        raise Unrecorded(
            "QuerySet.update() leaves no history. Change the objects and pass them to bulk_update(), which records."
        )

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        with recording_deletions():
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(  # type: ignore[override]
        self, objs: Iterable[Model], batch_size: int | None = None, **options: object
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
        """Write and record the objects whose named fields differ from the database. Return how many there were."""
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

    def bulk_set(self, objs: Iterable[Model], values: Mapping[str, object]) -> int:
        """Give objects the same values, by field name, and record those that change. Return how many there were.

        One statement writes them, where ``bulk_update()`` composes one with a case for each object.
        """
        for obj in objs:
            for name, value in values.items():
                setattr(obj, name, value)
        fields = self.model.with_keys(values)
        changed = self._changed(list(objs), fields)
        if changed:
            current().begin()
            plain: models.QuerySet[Model] = models.QuerySet(self.model, using=self.db)
            keys = {key.name: key.pre_save(changed[0], False) for key in self.model.key_fields() if key.name in fields}
            plain.filter(pk__among=[obj.pk for obj in changed]).update(**values, **keys)
            self._record(changed, "~", None)
        return len(changed)

    def constraint_violations(self, values: Mapping[str, object]) -> dict[int, str]:
        """Return by key why the database would refuse these values for entries of the queryset, in one query.

        ``values`` are the same for all entries, by field name. Unique constraints are not checked.
        """
        fields: dict[str, Any] = {field.name: field for field in self.model._meta.concrete_fields}
        replacements: dict[Any, Any] = {
            models.F(name): models.Value(
                value.pk if isinstance(value, models.Model) else value, output_field=fields[name]
            )
            for name, value in values.items()
        }
        checks = [each for each in self.model._meta.constraints if isinstance(each, models.CheckConstraint)]
        holds = [
            Coalesce(
                models.ExpressionWrapper(
                    models.Q(each.condition).replace_expressions(replacements), models.BooleanField()
                ),
                models.Value(True),
            )
            for each in checks
        ]
        violations: dict[int, str] = {}
        for key, *satisfied in self.order_by().values_list("pk", *holds):
            violated = [check for check, is_satisfied in zip(checks, satisfied, strict=True) if not is_satisfied]
            if violated:
                violations[key] = " ".join(str(check.get_violation_error_message()) for check in violated)
        return violations

    def _changed(self, objs: Sequence[Model], fields: Sequence[str]) -> list[Model]:
        stored = self.model._base_manager.using(self.db).in_bulk([obj.pk for obj in objs])
        return [obj for obj in objs if obj.differs_from(values_of(stored[obj.pk]), only=fields)]

    def _record(self, objs: Sequence[Model], kind: str, batch_size: int | None) -> None:
        """Copy the stored rows into the history table; only the names of the entries come from the program.

        Writing history rows through models would take most of the time of an import.
        """
        history, connection = history_of(self.model), connections[self.db]
        opened = current()
        shared = change_set_values(opened.write_row(), kind)
        opened.histories.add(history)
        columns = [field.column for field in history.tracked_fields]
        extra = {history._meta.get_field(name): value for name, value in shared.items()}
        quoted = [connection.ops.quote_name(each) for each in (*columns, *(f.column for f in extra), "entry_name")]
        values = [field.get_db_prep_save(value, connection) for field, value in extra.items()]
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
