"""Fields of the cells of a table: what an import accepts may be typed, and related entries are looked up at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import DateField, ForeignKey, Model
from django.utils.translation import gettext as _

from registry.core import languages
from registry.core.fields import AnyField, CleanLineField, CleanTextField
from registry.core.order import in_order_of_names
from registry.core.text import text_key
from registry.files.cell_types import Unreadable, read_country
from registry.history.change_sets import name_of
from registry.law import countries
from registry.models import LegalBasis, TransferMechanism, User
from registry.models.countries import CountryField
from registry.web.day_input import DayInput

#: The related entries that can be chosen in a cell, and how they are named there.
LABELS: Mapping[type[Model], Callable[[Any], str]] = {
    LegalBasis: lambda basis: str(basis.label),
    TransferMechanism: lambda mechanism: str(mechanism.label),
    User: name_of,
}
ORDERS: Mapping[type[Model], str] = {LegalBasis: "label", TransferMechanism: "label_key", User: "username"}


class CountryCell(forms.CharField):
    """A country by its code, also typed as a name."""

    suggestions = "countries"

    def to_python(self, value: object) -> str:
        try:
            return str(read_country(super().to_python(value)))
        except Unreadable as why:
            raise ValidationError(str(why)) from None


class RelatedCell(forms.CharField):
    """A related entry by its name. The entries are read once for all cells of a table."""

    def __init__(self, entries: RelatedEntries, **options: Any) -> None:
        super().__init__(**options)
        self.entries = entries

    @property
    def suggestions(self) -> str:
        return self.entries.name

    def prepare_value(self, value: object) -> str:
        return self.entries.label(value)

    def to_python(self, value: object) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        entry = self.entries.named(text)
        if entry is None:
            raise ValidationError(
                _("“%(text)s” is not known. Choose one of the list.") % {"text": text}, code="unknown"
            )
        return entry

    def has_changed(self, initial: Any, data: Any) -> bool:
        return text_key(self.entries.label(initial)) != text_key(data or "")


class RelatedEntries:
    """All entries of a model that may be chosen, by their names."""

    def __init__(self, model: type[Model]) -> None:
        self.name = str(model._meta.model_name)
        label_of, order = LABELS[model], in_order_of_names(ORDERS[model])
        entries = model._default_manager.order_by(order)
        self.labels = {entry.pk: label_of(entry) for entry in entries}
        self.by_key: dict[str, Any] = {}
        for entry in entries:
            if getattr(entry, "is_active", True):
                self.by_key.setdefault(text_key(self.labels[entry.pk]), entry)

    def label(self, value: object) -> str:
        """Return the name of an entry or of its key; a text as it is."""
        if isinstance(value, str):
            return value
        return self.labels.get(getattr(value, "pk", value), "")

    def named(self, text: str) -> Any:
        return self.by_key.get(text_key(text))

    def choices(self) -> list[str]:
        return [self.labels[entry.pk] for entry in self.by_key.values()]


class CellFields:
    """Makes the fields of the cells of one table; used as the ``formfield_callback`` of its forms."""

    def __init__(self) -> None:
        self.related: dict[type[Model], RelatedEntries] = {}
        self.countries = False

    def __call__(self, field: AnyField, **options: Any) -> Any:
        attributes = {"aria-label": str(field.verbose_name)}
        if isinstance(field, ForeignKey):
            model = field.related_model
            entries = self.related.setdefault(model, RelatedEntries(model))
            widget = forms.TextInput(attrs={**attributes, "list": f"list-{entries.name}", "autocomplete": "off"})
            return RelatedCell(entries, required=not field.blank, label=field.verbose_name, widget=widget)
        if isinstance(field, CountryField):
            self.countries = True
            widget = forms.TextInput(attrs={**attributes, "list": "list-countries", "size": 4, "autocomplete": "off"})
            return CountryCell(required=not field.blank, label=field.verbose_name, widget=widget)
        made: Any = field.formfield(**options)
        if isinstance(field, DateField):
            made.widget = DayInput()
        elif isinstance(field, CleanTextField) and not isinstance(field, CleanLineField):
            made.widget = forms.Textarea(attrs={"rows": 1})
        elif isinstance(field, CleanLineField):
            made.widget = forms.TextInput()
        made.widget.attrs |= attributes
        return made

    def datalists(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return name and choices of the lists of suggestions; each choice is a value and what explains it."""
        lists = [(entries.name, [(text, "") for text in entries.choices()]) for entries in self.related.values()]
        if self.countries:
            lists.append(("countries", list(countries.choices(languages.active_language()))))
        return lists


def can_be_a_cell(field: AnyField) -> bool:
    """Return whether the values of a field can be edited in a cell."""
    return bool(field.editable) and (not isinstance(field, ForeignKey) or field.related_model in LABELS)
