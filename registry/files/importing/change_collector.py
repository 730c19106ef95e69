"""A plan in the making: values are set on entries, and noted as changes, writes and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from sys import intern
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model
from django.db.models.base import ModelState

from registry.core.fields import CleanTextField
from registry.document import Problem
from registry.document.problems import stop_at_too_many
from registry.files.columns import Column
from registry.files.importing.plan import EntryPlan
from registry.history.bulk_writes import Writes
from registry.history.field_changes import FieldChange
from registry.models import Agreement, LegalBasis, ProcessingActivity, Tracked, Transfer, TransferMechanism, Vendor


class ChangeCollector:
    def __init__(self) -> None:
        models = (Vendor, Agreement, LegalBasis, TransferMechanism, ProcessingActivity, Transfer)
        self.writes: dict[type[Tracked], Writes] = {model: Writes() for model in models}
        self.problems: list[Problem] = []
        #: The fields that the file gave a value and that are not validated yet, by entry.
        self.unchecked: dict[int, set[str]] = {}

    def set(self, entry: EntryPlan, target: Tracked, name: str, value: Any, column: Column | None = None) -> None:
        before, field = getattr(target, name), field_of(target, name)
        value = value if field.is_relation else field.to_python(value)
        if before != value:
            self.write(target, name, value)
            if not target._state.adding:
                label = column.heading if column else label_of(target, name)
                prose = isinstance(field, CleanTextField)
                entry.changes.append(
                    FieldChange(label, display_cell(before, column), display_cell(value, column), prose)
                )

    def write(self, target: Tracked, name: str, value: Any) -> None:
        setattr(target, name, value)
        self.made(target, name)
        self.writes[type(target)].change(target, name)

    def made[Entry: Tracked](self, entry: Entry, *names: str) -> Entry:
        """Marks fields as given by the file."""
        self.unchecked.setdefault(id(entry), set()).update(names)
        return entry

    def check(self, entry: EntryPlan, target: Tracked) -> None:
        """Validates what the file gave, without a query. References were looked up; constraints are the database's."""
        for name in self.unchecked.pop(id(target), ()):
            field = field_of(target, name)
            value = getattr(target, field.attname)
            if isinstance(field, ForeignKey) or (field.blank and value in field.empty_values):
                continue
            try:
                field.clean(value, target)
            except ValidationError as error:
                self.refuse(entry, "invalid_value", name, column=label_of(target, name), why=" ".join(error.messages))

    def refuse(self, entry: EntryPlan, code: str, column: str, /, **params: Any) -> None:
        self.problems.append(Problem(entry.line, code, params, column))
        stop_at_too_many(self.problems)


def new_entry[Entry: Tracked](model: type[Entry]) -> Entry:
    """A new entry with the defaults of its fields. Made by its class, tens of thousands take a third of the plan's
    time, for each field is set anew."""
    entry = model.__new__(model)
    entry._state = ModelState()
    entry.__dict__.update(defaults_of(model))
    return entry


@cache
def defaults_of(model: type[Tracked]) -> Mapping[str, Any]:
    return {field.attname: field.get_default() for field in model._meta.concrete_fields}


def with_shared_choices[Entry: Tracked](model: type[Entry], entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, with one string for all that have the same choice: the whole register has to fit."""
    names = [field.attname for field in model._meta.concrete_fields if field.choices]
    for entry in entries:
        values = entry.__dict__
        for name in names:
            values[name] = intern(values[name])
        yield entry


def display_cell(value: Any, column: Column | None) -> str:
    return "" if value is None or value == "" else str(column.kind.write(value) if column else value)


def field_of(entry: Model, name: str) -> Field[Any, Any]:
    field: Any = entry._meta.get_field(name)
    return field


def label_of(entry: Model, name: str) -> str:
    return str(field_of(entry, name).verbose_name).capitalize()
