"""Optimistic locking: forms contain the version of the entry, so that no update is lost.

A form of an older version is not saved. It shows who changed which fields, adopts their values unless the user changed
the same field, keeps what the user typed, and contains the new version: saving it again is a decision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet, model_to_dict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.core import days
from registry.core.fields import AnyField
from registry.history import chain
from registry.history.entry_changes import EntryVersion
from registry.history.field_changes import FieldChange, display_value, shown_fields
from registry.history.names import EntryNames
from registry.history.row_types import AnyHistoryRow
from registry.history.seals import values_of
from registry.models import Tracked


def version_of(entry: Tracked) -> str:
    """Return the version of an entry: a digest of all its values."""
    return hashlib.sha256(chain.canonical(values_of(entry))).hexdigest()[:32]


@dataclass(frozen=True)
class ConcurrentChange:
    """A change of a field by someone else while the form was open."""

    name: str
    change: FieldChange
    who: str
    when: str

    def __str__(self) -> str:
        words = {"field": self.change.label, "before": self.change.before, "after": self.change.after}
        return _("%(field)s: from “%(before)s” to “%(after)s” (%(who)s, %(when)s)") % {
            **words,
            "who": self.who,
            "when": self.when,
        }


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]
    data: Any
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and not self.instance._state.adding:
            self.initial["version"] = version_of(self.instance)

    def validate_constraints(self) -> None:
        """Skip unchanged entries: what the database holds satisfies its constraints, and a form may have many rows."""
        if self.instance._state.adding or self.has_changed():
            super().validate_constraints()

    def validate_unique(self) -> None:
        if self.instance._state.adding or self.has_changed():
            super().validate_unique()

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        now = self.initial.get("version")
        if now is None and cleaned.get("version"):
            self.renew("", [])
            self.add_error(None, _("This row was deleted meanwhile. Save again to add it anew, or remove it."))
        if now is not None and cleaned.get("version") != now:
            self.compare(cleaned, str(cleaned.get("version") or ""), str(now))
        return self.cleaned_data

    def compare(self, cleaned: dict[str, object], version: str, now: str) -> None:
        opened_on = self.row_of_version(version)
        if opened_on is None:
            self.renew(now, [])
            self.add_error(
                None, _("This form is out of date. Compare what it says with the history and save it again.")
            )
            return
        before = model_to_dict(opened_on.instance)
        mine = {name for name in self.model_fields() if self.differs(name, before.get(name))}
        theirs = [change for change in self.changed_since(opened_on) if self.differs_from_now(change.name)]
        for change in theirs:
            if change.name not in mine:
                cleaned[change.name] = getattr(self.instance, change.name)
        if mine and theirs:
            self.renew(now, [change.name for change in theirs if change.name not in mine])
            self.add_conflict_errors(theirs, mine)

    def add_conflict_errors(self, theirs: list[ConcurrentChange], mine: set[str]) -> None:
        self.add_error(
            None,
            _(
                "This was changed while you had it open, so nothing of yours was saved yet. What others changed and you"
                " did not is taken over below; what you typed is kept. Save again if the form now says what you mean."
            ),
        )
        for change in theirs:
            if change.name in mine:
                self.add_error(change.name, _("Changed meanwhile: %s. Your text is kept below.") % change)
            else:
                self.add_error(None, _("Taken over: %s") % change)

    def model_fields(self) -> list[str]:
        return [name for name in self.fields if name in {field.name for field in self._meta.model._meta.fields}]

    def differs(self, name: str, value: object) -> bool:
        return bool(self.fields[name].has_changed(value, self[name].data))

    def differs_from_now(self, name: str) -> bool:
        return self.differs(name, self.initial.get(name))

    def row_of_version(self, version: str) -> AnyHistoryRow | None:
        return row_of_version(type(self.instance), self.instance.pk, version)

    def changed_since(self, opened_on: AnyHistoryRow) -> Iterator[ConcurrentChange]:
        """Yield the newest change of each field of the form, by others or by the same user elsewhere."""
        model: type[Tracked] = type(self.instance)
        rows = list(
            model.history.filter(id=self.instance.pk, history_id__gt=opened_on.history_id).order_by("history_id")
        )
        if not rows:
            return
        whole = EntryVersion(model, rows[-1], opened_on)
        names = EntryNames.for_versions([whole, *(EntryVersion(model, row, None) for row in rows)])
        for field in shown_fields(model):
            before, after = (display_value(field, row, names) for row in (opened_on, rows[-1]))
            if before != after and field.name in self.fields:
                author = last_to_change(field, [opened_on, *rows])
                change = FieldChange(capfirst(str(field.verbose_name)), before, after)
                yield ConcurrentChange(field.name, change, author.user_name, days.local_minute(author.history_date))

    def renew(self, now: str, take_over: list[str]) -> None:
        """Set the version of the form to the present one, and adopt the values of some fields."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = now
        for name in take_over:
            value = self.fields[name].prepare_value(self.initial.get(name))
            if value is None or value is False:
                self.data.pop(self.add_prefix(name), None)
            else:
                self.data[self.add_prefix(name)] = "on" if value is True else str(value)


def row_of_version(model: type[Tracked], key: object, version: str) -> AnyHistoryRow | None:
    """Return the history row with the version, or None."""
    rows = model.history.filter(id=key).order_by("-history_id")
    return next((row for row in rows if version_of(row.instance) == version), None)


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The primary key of a row, looked up among those that the form set has read already."""

    def __init__(self, rows: dict[str, Tracked], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = rows

    def to_python(self, value: object) -> Any:
        return self.rows.get(str(value)) or super().to_python(value)


class VersionedFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """A form set that leaves out rows deleted while the form was open, or shows them as new if they were edited."""

    data: Any
    form: type[VersionedForm]
    model: type[Tracked]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        self.stored: dict[str, Tracked] = {}
        super().__init__(data, *args, **kwargs)
        if data is not None:
            self.move_deleted_rows()

    def move_deleted_rows(self) -> None:
        self.stored = {str(entry.pk): entry for entry in self.get_queryset()}
        numbers = range(self.initial_form_count())
        deleted = [n for n in numbers if (key := self.value(n, "id")) and key not in self.stored]
        if not deleted:
            return
        rows = [self.row(n) for n in range(self.total_form_count())]
        kept = [row for n, row in enumerate(rows) if n < len(numbers) and n not in deleted]
        edited = [{**rows[n], "id": [""]} for n in deleted if self.is_edited(n)]
        self.renumber([*kept, *edited, *rows[len(numbers) :]], initial=len(kept))

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            # Forms in table rows have no labels.
            field.widget.attrs.setdefault("aria-label", field.label)
        name = self.model._meta.pk.name
        if self.is_bound and form.instance.pk is not None:
            key = form.fields[name]
            form.fields[name] = RowField(
                self.stored, queryset=key.queryset, initial=key.initial, required=key.required, widget=key.widget
            )

    def value(self, number: int, name: str) -> str:
        return str(self.data.get(f"{self.add_prefix(number)}-{name}", ""))

    def row(self, number: int) -> dict[str, list[str]]:
        prefix = f"{self.add_prefix(number)}-"
        return {name.removeprefix(prefix): values for name, values in self.data.lists() if name.startswith(prefix)}

    def is_edited(self, number: int) -> bool:
        if self.value(number, "DELETE"):
            return False
        before = row_of_version(self.model, self.value(number, "id"), self.value(number, "version"))
        if before is None:
            return True
        values = model_to_dict(before.instance)
        form = self.form(data=self.data, prefix=self.add_prefix(number))
        return any(form.differs(name, values.get(name)) for name in form.model_fields() if name != self.fk.name)

    def renumber(self, rows: list[dict[str, list[str]]], initial: int) -> None:
        first = f"{self.prefix}-"
        data = self.data.copy()
        for name in [name for name in data if name.startswith(first) and name[len(first)].isdigit()]:
            del data[name]
        for number, row in enumerate(rows):
            for name, values in row.items():
                data.setlist(f"{self.add_prefix(number)}-{name}", values)
        data[f"{first}INITIAL_FORMS"], data[f"{first}TOTAL_FORMS"] = str(initial), str(len(rows))
        self.data = data
        del self.management_form


def last_to_change(field: AnyField, rows: list[AnyHistoryRow]) -> AnyHistoryRow:
    name = field.attname
    changing = [after for before, after in pairwise(rows) if getattr(before, name) != getattr(after, name)]
    return changing[-1] if changing else rows[-1]
