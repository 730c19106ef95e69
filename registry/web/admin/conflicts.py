"""Lost updates are impossible: a form knows which state it was opened on.

A form that was opened on an older state is not saved. It says who changed which fields meanwhile, takes over what
others changed and the user did not, keeps what the user typed, and then knows the newer state: saving it again is a
decision.
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
from registry.history import chain
from registry.history.entry_changes import EntryVersion
from registry.history.field_changes import FieldChange, display_value, shown_fields
from registry.history.names import EntryNames
from registry.history.seals import values_of
from registry.models import Tracked


def version_of(entry: Any) -> str:
    """A digest of all values of an entry."""
    return hashlib.sha256(chain.canonical(values_of(entry))).hexdigest()[:32]


@dataclass(frozen=True)
class ConcurrentChange:
    """What someone else changed about a field while the form was open."""

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
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and not self.instance._state.adding:
            self.initial["seen"] = version_of(self.instance)

    def validate_constraints(self) -> None:
        """Leave out an entry that is not changed: a form has many rows, and the database holds none that breaks one."""
        if self.instance._state.adding or self.has_changed():
            super().validate_constraints()

    def validate_unique(self) -> None:
        if self.instance._state.adding or self.has_changed():
            super().validate_unique()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        now = self.initial.get("seen")
        if now is None and cleaned.get("seen"):
            self.renew("", [])
            self.add_error(None, _("This row was deleted meanwhile. Save again to add it anew, or remove it."))
        if now is not None and cleaned.get("seen") != now:
            self.compare(cleaned, str(cleaned.get("seen") or ""), str(now))
        return self.cleaned_data

    def compare(self, cleaned: dict[str, Any], seen: str, now: str) -> None:
        opened_on = self.row_of_version(seen)
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
            self.complain(theirs, mine)

    def complain(self, theirs: list[ConcurrentChange], mine: set[str]) -> None:
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

    def differs(self, name: str, value: Any) -> bool:
        return bool(self.fields[name].has_changed(value, self[name].data))

    def differs_from_now(self, name: str) -> bool:
        return self.differs(name, self.initial.get(name))

    def row_of_version(self, seen: str) -> Any:
        return row_of_version(type(self.instance), self.instance.pk, seen)

    def changed_since(self, opened_on: Any) -> Iterator[ConcurrentChange]:
        """The newest change of each field of the form, by others or by the same person elsewhere."""
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
                change = FieldChange(capfirst(field.verbose_name), before, after)
                yield ConcurrentChange(field.name, change, author.user_name, days.local_minute(author.history_date))

    def renew(self, now: str, take_over: list[str]) -> None:
        """The form now speaks of the present state; what others changed stands in it."""
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = now
        for name in take_over:
            value = self.fields[name].prepare_value(self.initial.get(name))
            if value is None or value is False:
                self.data.pop(self.add_prefix(name), None)
            else:
                self.data[self.add_prefix(name)] = "on" if value is True else str(value)


def row_of_version(model: type[Tracked], key: Any, seen: str) -> Any:
    """The history row of the state that a form was opened on."""
    rows = model.history.filter(id=key).order_by("-history_id")
    return next((row for row in rows if version_of(row.instance) == seen), None)


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Which row of a form set a form is about: one that the form set has read already, so it is not read again."""

    def __init__(self, rows: dict[str, Tracked], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = rows

    def to_python(self, value: Any) -> Any:
        return self.rows.get(str(value)) or super().to_python(value)


class VersionedFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows that were deleted while the form was open: left out, or, where something was typed in them, shown as new."""

    data: Any
    form: type[VersionedForm]
    model: type[Tracked]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        self.stored: dict[str, Tracked] = {}
        super().__init__(data, *args, **kwargs)
        if data is not None:
            self.put_gone_rows_last()

    def put_gone_rows_last(self) -> None:
        self.stored = {str(entry.pk): entry for entry in self.get_queryset()}
        numbers = range(self.initial_form_count())
        gone = [n for n in numbers if (key := self.value(n, "id")) and key not in self.stored]
        if not gone:
            return
        rows = [self.row(n) for n in range(self.total_form_count())]
        kept = [row for n, row in enumerate(rows) if n < len(numbers) and n not in gone]
        typed = [{**rows[n], "id": [""]} for n in gone if self.typed_in(n)]
        self.renumber([*kept, *typed, *rows[len(numbers) :]], initial=len(kept))

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            # A row of a table has no labels; the headings of its columns do not name its fields.
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

    def typed_in(self, number: int) -> bool:
        if self.value(number, "DELETE"):
            return False
        before = row_of_version(self.model, self.value(number, "id"), self.value(number, "seen"))
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


def last_to_change(field: Any, rows: list[Any]) -> Any:
    name = field.attname
    changing = [after for before, after in pairwise(rows) if getattr(before, name) != getattr(after, name)]
    return changing[-1] if changing else rows[-1]
