"""Collecting the changes of an import: values set on entries, the writes they need, and problems with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from sys import intern

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model
from django.db.models.base import ModelState

from registry.core.fields import AnyField, CleanTextField
from registry.document import Problem
from registry.document.problems import stop_at_too_many
from registry.files.columns import Column
from registry.files.importing.plan import EntryPlan
from registry.history.bulk_writes import Writes
from registry.history.field_changes import FieldChange
from registry.models import Agreement, LegalBasis, ProcessingActivity, Tracked, Transfer, TransferMechanism, Vendor


class ChangeCollector:
    """The writes and problems of an import so far."""

    def __init__(self) -> None:
        models = (Vendor, Agreement, LegalBasis, TransferMechanism, ProcessingActivity, Transfer)
        self.writes: dict[type[Tracked], Writes] = {model: Writes() for model in models}
        self.problems: list[Problem] = []
        #: The fields with values of the file that are not validated yet, by ``id()`` of the entry.
        self.unchecked: dict[int, set[str]] = {}

    def set(self, entry: EntryPlan, target: Tracked, name: str, value: object, column: Column | None = None) -> None:
        """Set a field of an entry to a value of the file, and collect the change if it differs."""
        before, field = getattr(target, name), field_of(target, name)
        value = value if field.is_relation else field.to_python(value)
        if before != value:
            self.write(target, name, value)
            if not target._state.adding:
                label = column.heading if column else label_of(target, name)
                prose = isinstance(field, CleanTextField)
                change = FieldChange(label, display_cell(before, column), display_cell(value, column), prose)
                entry.add_change(change, target, name)

    def write(self, target: Tracked, name: str, value: object) -> None:
        """Set a field and collect the write, without a change to show."""
        setattr(target, name, value)
        self.mark(target, name)
        self.writes[type(target)].change(target, name)

    def mark[Entry: Tracked](self, entry: Entry, *names: str) -> Entry:
        """Mark fields as to be validated, and return the entry."""
        self.unchecked.setdefault(id(entry), set()).update(names)
        return entry

    def check(self, entry: EntryPlan, target: Tracked) -> None:
        """Validate the marked fields without a query: references are resolved, and the database checks constraints."""
        for name in self.unchecked.pop(id(target), ()):
            field = field_of(target, name)
            value = getattr(target, field.attname)
            if isinstance(field, ForeignKey) or (field.blank and value in field.empty_values):
                continue
            try:
                field.clean(value, target)
            except ValidationError as error:
                self.refuse(entry, "invalid_value", name, column=label_of(target, name), why=" ".join(error.messages))

    def report(self, problems: Iterable[Problem]) -> None:
        self.problems += problems
        stop_at_too_many(self.problems)

    def refuse(self, entry: EntryPlan, code: str, column: str, /, **params: object) -> None:
        """Add a problem with a column of the row."""
        self.report([Problem(entry.line, code, params, column)])


def new_entry[Entry: Tracked](model: type[Entry]) -> Entry:
    """Return a new entry with the defaults of its fields.

    Calling the class sets each field anew, which for tens of thousands of entries takes a third of the plan's time.
    """
    entry = model.__new__(model)
    entry._state = ModelState()
    entry.__dict__.update(defaults_of(model))
    return entry


@cache
def defaults_of(model: type[Tracked]) -> Mapping[str, object]:
    return {field.attname: field.get_default() for field in model._meta.concrete_fields}


def with_shared_choices[Entry: Tracked](model: type[Entry], entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries with one string object for equal choices, so that the whole register fits in memory."""
    names = [field.attname for field in model._meta.concrete_fields if field.choices]
    for entry in entries:
        values = entry.__dict__
        for name in names:
            values[name] = intern(values[name])
        yield entry


def display_cell(value: object, column: Column | None) -> str:
    return "" if value is None or value == "" else str(column.type.write(value) if column else value)


def field_of(entry: Model, name: str) -> AnyField:
    field: AnyField = entry._meta.get_field(name)  # type: ignore[assignment]
    return field


def label_of(entry: Model, name: str) -> str:
    return str(field_of(entry, name).verbose_name).capitalize()
