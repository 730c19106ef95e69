"""A table whose cells are fields: several entries of one model edited together, and saved as one change set.

Each row is a form of its own with the version of its entry, so that conflicts are found as in the form of one entry.
Nothing is saved unless all changed rows can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Model
from django.forms import modelform_factory
from django.http import QueryDict
from django.utils.translation import gettext as _

from registry.models import Status, Tracked, current
from registry.web.conflicts import VersionedForm
from registry.web.lists.grid_fields import CellFields
from registry.web.vendor_ending.plan import unasked_endings


class RowForm(VersionedForm):
    """One row. The database checks its constraints when all rows are written: see ``EntryGrid.save()``."""

    def _get_validation_exclusions(self) -> set[str]:
        """Exclude references, which their cells have looked up; Django would query for each of them."""
        references = {field.name for field in self.instance._meta.fields if isinstance(field, ForeignKey)}
        return super()._get_validation_exclusions() | references  # type: ignore[misc]

    def validate_unique(self) -> None:
        """See ``EntryGrid.save()``."""

    def validate_constraints(self) -> None:
        """See ``EntryGrid.save()``."""

    def explain_refusal(self) -> None:
        """Add what the database refuses about this row, found by queries of its own."""
        for validate in (self.instance.validate_unique, self.instance.validate_constraints):
            try:
                validate()
            except ValidationError as why:
                for name, errors in why.update_error_dict({}).items():
                    self.add_error(name if name in self.fields else None, errors)


class EntryGrid:
    """The rows of a table of fields. ``data`` is what was submitted."""

    def __init__(
        self,
        model: type[Tracked],
        entries: Iterable[Tracked],
        fields: Sequence[str],
        data: QueryDict | None = None,
    ) -> None:
        self.model = model
        self.fields = list(fields)
        self.cells = CellFields()
        self.form_class: Any = modelform_factory(
            model, form=RowForm, fields=self.fields, formfield_callback=self.cells, field_classes={}
        )
        make: Any = self.form_class
        self.forms: list[Any] = [make(data, instance=entry, prefix=self.prefix(entry.pk)) for entry in entries]
        self.problem = ""

    @classmethod
    def prefix(cls, key: int) -> str:
        return f"row-{key}"

    @cached_property
    def changed(self) -> list[RowForm]:
        """Return the forms of the rows that were edited."""
        return [form for form in self.forms if set(form.changed_data) & set(self.fields)]

    def is_valid(self) -> bool:
        invalid = [form for form in self.changed if not form.is_valid()]
        return not invalid and not self.refuse_endings()

    def refuse_endings(self) -> bool:
        """Refuse to end vendors whose activities nobody is asked about, and return whether there are any."""
        ends = [form for form in self.changed if form.cleaned_data.get("status") == Status.ENDED]
        before = [form for form in ends if form.initial.get("status") != Status.ENDED]
        refused = unasked_endings(self.model, [form.instance.pk for form in before])
        for form in before:
            if form.instance.pk in refused:
                form.add_error("status", refused[form.instance.pk])
        return bool(refused)

    def save(self) -> int | None:
        """Write the changed rows as one batch and return their number, or None where the database refuses one.

        Then nothing is written, and the forms say what is refused.
        """
        entries: list[Any] = [form.instance for form in self.changed]
        current().begin()
        try:
            with transaction.atomic():
                return int(self.model._default_manager.bulk_update(entries, self.fields))
        except IntegrityError:
            current().reset_after_rollback()
        for form in self.changed:
            form.explain_refusal()
        if not any(form.errors for form in self.changed):
            self.problem = _("Two of these rows would say the same. Nothing was saved.")
        return None

    @property
    def errors(self) -> list[tuple[Model, RowForm]]:
        return [(form.instance, form) for form in self.changed if form.errors]


def fill(data: QueryDict, field: str, keys: Iterable[int], value: str) -> QueryDict:
    """Return submitted data in which the field of some rows has a value."""
    filled = data.copy()
    for key in keys:
        filled[f"{EntryGrid.prefix(key)}-{field}"] = value
    return filled
