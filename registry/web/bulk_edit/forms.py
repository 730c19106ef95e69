"""The form of a bulk edit: the fields of the entries, all optional."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import BooleanField
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.fields import AnyField, KeyField
from registry.models import (
    Tracked,
)
from registry.web.page import Context

#: Fields that are different for each entry, or that the register sets itself.
OWN_FIELDS = {"name", "purpose", "position", "reviewed_in"}
CLEAR = "clear"


class BulkEditForm(forms.Form):
    """The fields of the entries, each of them optional: an empty one stays as it is, unless it is to be emptied."""

    def __init__(self, model: type[Tracked], formfield: Callable[[AnyField], Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model_fields = {each.name: each for each in bulk_fields(model)}
        for name, model_field in self.model_fields.items():
            self.fields[name] = optional_field(model_field, formfield(model_field))
        choices = [(name, each.verbose_name) for name, each in self.model_fields.items() if can_be_emptied(each)]
        self.fields[CLEAR] = forms.MultipleChoiceField(choices=choices, required=False)
        self.fields["change_reason"] = forms.CharField(
            label=gettext_lazy("Reason for change"), required=False, widget=AdminTextareaWidget(attrs={"rows": 2})
        )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        cleared = set(cleaned.get(CLEAR) or ())
        for name in cleared & set(self.chosen()):
            self.add_error(name, _("Give a value, or tick “empty it”, but not both."))
        if not self.errors and not self.values():
            raise forms.ValidationError(_("Choose at least one field to change."))
        return cleaned

    def chosen(self) -> Iterator[str]:
        for name in self.model_fields:
            if self.cleaned_data.get(name) not in (None, ""):
                yield name

    def values(self) -> dict[str, object]:
        """Return the new values by the names of the fields that change."""
        emptied = {name: self.empty_value(name) for name in self.cleaned_data.get(CLEAR) or ()}
        return emptied | {name: self.value(name) for name in self.chosen()}

    def value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return value == "yes" if isinstance(self.model_fields[name], BooleanField) else value

    def empty_value(self, name: str) -> Any:
        return None if self.model_fields[name].null else ""

    def rows(self) -> Iterator[Context]:
        for name, model_field in self.model_fields.items():
            cleared = self.is_bound and name in self.data.getlist(CLEAR)  # type: ignore[attr-defined]
            yield {"field": self[name], "name": name, "empties": can_be_emptied(model_field), "cleared": cleared}


def bulk_fields(model: type[Tracked]) -> Iterator[AnyField]:
    """Yield the fields that several entries can be given one value of; the owner of an entry is one of them."""
    for model_field in model._meta.concrete_fields:
        own = model_field.name in OWN_FIELDS or model_field.primary_key or isinstance(model_field, KeyField)
        if model_field.editable and not own:
            yield model_field


def can_be_emptied(model_field: AnyField) -> bool:
    return bool(model_field.blank) and not isinstance(model_field, BooleanField)


def optional_field(model_field: AnyField, made: Any) -> Any:
    """Return the form field with an empty choice that stands for "as it is"."""
    if isinstance(model_field, BooleanField):
        choices = [("", "–"), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(label=capfirst(model_field.verbose_name), choices=choices, required=False)
    made.required, made.initial, made.help_text = False, None, ""
    made.widget.is_required = False
    inner = getattr(made.widget, "widget", None)
    if inner is not None and hasattr(made, "queryset"):
        made.widget = inner  # without the links to add and to change the related entry
    if model_field.choices:
        made.choices = [("", "–"), *((value, label) for value, label in made.choices if value != "")]
    return made
